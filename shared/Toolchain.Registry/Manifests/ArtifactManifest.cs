using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Toolchain.Graphs;

namespace Toolchain.Registry;

/// <summary>What the writer of a file says about it.</summary>
public record ArtifactDescription
{
    /// <summary>The precision of its arithmetic: <c>float32</c>, <c>float16</c>, <c>int8</c>; null where that means nothing.</summary>
    public string? Precision { get; init; }

    /// <summary>The ONNX operator set; null for files that are not ONNX.</summary>
    public int? Opset { get; init; }

    /// <summary>The graph's inputs; empty for files that are not graphs.</summary>
    [JsonRequired]
    public IReadOnlyList<TensorSpec> Inputs { get; init => field = [.. value]; } = [];

    /// <summary>The graph's outputs; empty for files that are not graphs.</summary>
    [JsonRequired]
    public IReadOnlyList<TensorSpec> Outputs { get; init => field = [.. value]; } = [];

    /// <summary>How closely its logits follow the probe; null when that was not measured.</summary>
    public ParitySpec? Parity { get; init; }

    /// <summary>Its accuracy on the test split, 0..1; null when it was not measured.</summary>
    public double? Accuracy { get; init; }
}

/// <summary>One file of a version. Its bytes never change; its description may gain measurements.</summary>
public sealed partial record ArtifactManifest : ArtifactDescription
{
    /// <summary>An empty entry, to be filled by an initialiser.</summary>
    public ArtifactManifest()
    {
    }

    /// <summary>An entry that starts from the writer's description.</summary>
    internal ArtifactManifest(ArtifactDescription description)
        : base(description)
    {
    }

    /// <summary>What it is for; one of <see cref="ArtifactKinds"/> or a word of the writer's.</summary>
    [JsonRequired]
    public string Kind { get; init; } = "";

    /// <summary>Its name in the version's folder.</summary>
    [JsonRequired]
    public string File { get; init; } = "";

    /// <summary>Its size in bytes.</summary>
    [JsonRequired]
    public long Bytes { get; init; }

    /// <summary>SHA-256 of its bytes, 64 lower-case hexadecimal digits.</summary>
    [JsonRequired]
    public string Sha256 { get; init; } = "";

    /// <summary>When it was added (UTC, whole seconds).</summary>
    [JsonRequired]
    public DateTimeOffset Created { get; init; }

    /// <summary>The rule for file names; none of them is hidden, in another folder, or the manifest itself.</summary>
    internal static bool IsFileName(string text) => FileName().IsMatch(text) && text != Layout.Manifest;

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,126}\z", RegexOptions.CultureInvariant)]
    private static partial Regex FileName();
}

/// <summary>A graph's input or output.</summary>
/// <param name="Name">Its name in the graph.</param>
/// <param name="Type">The element type: <c>uint8</c>, <c>float32</c>….</param>
/// <param name="Shape">The shape as text, symbolic dimensions by name: <c>[N, 28, 28, 1]</c>.</param>
public sealed record TensorSpec(string Name, string Type, string Shape)
{
    /// <summary>The entries of a graph's inputs or outputs; a shape that is not known is <c>?</c>.</summary>
    public static IReadOnlyList<TensorSpec> Of(IEnumerable<ValueInfo> values) =>
        [.. values.Select(static v => new TensorSpec(v.Name, v.Type.Element.Display(), v.Type.Shape?.ToString() ?? "?"))];
}

/// <summary>How far a model's logits are from the probe's.</summary>
/// <param name="MaxAbsError">The largest absolute difference of a logit.</param>
/// <param name="Tolerance">The largest that was allowed.</param>
public sealed record ParitySpec(double MaxAbsError, double Tolerance);

/// <summary>The kinds of file that the toolchain writes.</summary>
public static class ArtifactKinds
{
    /// <summary>The trained graph with its weights, as trained: <c>graph.onnx</c>.</summary>
    public const string Graph = "graph";

    /// <summary>A graph exported for serving: <c>model.onnx</c>, <c>model.int8.onnx</c>….</summary>
    public const string Model = "model";

    /// <summary>An exported graph whose input sizes or outputs are its own, which no server takes for the model: <c>model.at-avgpool.onnx</c>.</summary>
    public const string Variant = "variant";

    /// <summary>The weights of another artifact that keeps them outside: <c>model.external.onnx.data</c>.</summary>
    public const string Data = "data";

    /// <summary>A few inputs and the logits that the trainer computed for them: <c>probe.safetensors</c>.</summary>
    public const string Probe = "probe";
}

/// <summary>The file names that the toolchain gives to a version's standard files.</summary>
public static class ArtifactFiles
{
    /// <summary>The trained graph.</summary>
    public const string Graph = "graph.onnx";

    /// <summary>The export with standard options, which servers take.</summary>
    public const string Model = "model.onnx";

    /// <summary>The probe.</summary>
    public const string Probe = "probe.safetensors";
}
