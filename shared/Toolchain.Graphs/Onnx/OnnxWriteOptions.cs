using System.Collections.ObjectModel;

namespace Toolchain.Graphs.Onnx;

/// <summary>How <see cref="OnnxFile"/> writes a model.</summary>
public sealed record OnnxWriteOptions
{
    /// <summary>The opset of the default domain, 13 to 26; it decides the file format's version too. <see cref="Graph.DefaultOpset"/> by default.</summary>
    public int Opset { get; init; } = Graph.DefaultOpset;

    /// <summary>The versions of other operator domains that nodes use, by name.</summary>
    public IReadOnlyDictionary<string, long> Domains { get; init; } = ReadOnlyDictionary<string, long>.Empty;

    /// <summary>The program that writes; <c>toolchain</c> by default.</summary>
    public string ProducerName { get; init; } = "toolchain";

    /// <summary>That program's version; empty by default.</summary>
    public string ProducerVersion { get; init; } = "";

    /// <summary>Types of values behind <see cref="Foreign"/> operators, which are written as <c>value_info</c> because nobody could infer them again.</summary>
    public IReadOnlyDictionary<string, TensorType> KnownTypes { get; init; } = ReadOnlyDictionary<string, TensorType>.Empty;

    /// <summary>Whether inferred types of values inside the graph are written as <c>value_info</c>; no by default.</summary>
    public bool WriteValueInfo { get; init; }

    /// <summary>
    /// Weights of at least so many bytes go to an external file <c>NAME.data</c> beside the model. Null, the default, keeps everything in one
    /// file unless it would exceed the 2 GiB that protobuf allows.
    /// </summary>
    public long? ExternalDataThreshold { get; init; }

    /// <summary>
    /// Options that write a graph again with the versions and known types of the model that it comes from; a model of an opset before
    /// <see cref="Opsets.First"/> is written at <see cref="Graph.DefaultOpset"/>.
    /// </summary>
    public static OnnxWriteOptions Like(OnnxModel model) =>
        new() { Opset = model.Opset >= Opsets.First ? model.Opset : Graph.DefaultOpset, Domains = model.Domains, KnownTypes = model.ValueInfo };
}
