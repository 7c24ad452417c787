namespace Toolchain.Graphs.Onnx;

/// <summary>What an <c>.onnx</c> file holds.</summary>
public sealed record OnnxModel
{
    /// <summary>The model itself; its weights are windows of the file.</summary>
    public required Graph Graph { get; init; }

    /// <summary>The version of the file format.</summary>
    public required long IrVersion { get; init; }

    /// <summary>The opset of the default domain that the file was written in; the graph's known operators are in the form of <see cref="Graph.DefaultOpset"/>.</summary>
    public required int Opset { get; init; }

    /// <summary>The versions of the other operator domains by name; empty for most models.</summary>
    public required IReadOnlyDictionary<string, long> Domains { get; init; }

    /// <summary>The program that wrote the file, or empty.</summary>
    public required string ProducerName { get; init; }

    /// <summary>That program's version, or empty.</summary>
    public required string ProducerVersion { get; init; }

    /// <summary>Types that the file states for values, for <see cref="GraphTypes.Infer"/>: nothing else is known behind foreign operators.</summary>
    public required IReadOnlyDictionary<string, TensorType> ValueInfo { get; init; }
}
