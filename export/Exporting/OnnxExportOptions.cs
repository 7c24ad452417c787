using Toolchain.Export.Rewrites;
using Toolchain.Graphs;
using Toolchain.Registry;
using Toolchain.Runtime;

namespace Toolchain.Export.Exporting;

/// <summary>What to export and how to prove it.</summary>
internal sealed record OnnxExportOptions
{
    /// <summary>What the model takes; samples as they are by default.</summary>
    public InputForm Input { get; init; } = InputForm.Pixels;

    /// <summary>The opset to write.</summary>
    public int Opset { get; init; } = Graph.DefaultOpset;

    /// <summary>What float16 is used for; null for float32 throughout.</summary>
    public HalfForm? Half { get; init; }

    /// <summary>Sizes of the input that differ from the trained graph's.</summary>
    public InputSizes Sizes { get; init; } = new();

    /// <summary>Nodes whose values the model gives instead of its logits; none for the whole model.</summary>
    public EquatableArray<string> OutputsAt { get; init; } = [];

    /// <summary>Whether weights are stored in a second file; they are in any case where one file would exceed 2 GiB.</summary>
    public bool ExternalData { get; init; }

    /// <summary>The artifact's file name; null for one that says how it differs from the standard export.</summary>
    public string? Name { get; init; }

    /// <summary>Where a copy goes; null for none.</summary>
    public string? Output { get; init; }

    /// <summary>The data set to measure on; null for none.</summary>
    public string? Data { get; init; }

    /// <summary>Samples per run while measuring.</summary>
    public int Batch { get; init; } = 256;

    /// <summary>Where ONNX Runtime runs it.</summary>
    public SessionSpec Session { get; init; } = new();

    /// <summary>What the artifact is for: a model that servers can take, or a variant whose inputs or outputs are its own.</summary>
    public string Kind => OutputsAt.IsEmpty && Sizes == new InputSizes() ? ArtifactKinds.Model : ArtifactKinds.Variant;

    /// <summary>Whether the probe, which has whole images and logits, says nothing about the result.</summary>
    public bool IsBeyondProbe => !OutputsAt.IsEmpty || Sizes.ChangesImages;

    /// <summary>The file name of the artifact: <c>model.onnx</c>, or one that names what differs from it, for example <c>model.tensor.opset13.onnx</c>.</summary>
    public string File => Name ?? string.Join('.', Words().Append("onnx"));

    private IEnumerable<string> Words()
    {
        yield return Path.GetFileNameWithoutExtension(ArtifactFiles.Model);
        foreach (var node in OutputsAt)
        {
            yield return $"at-{string.Concat(node.Select(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' ? c : '-'))}";
        }

        if (Half is { } half)
        {
            yield return half == HalfForm.Storage ? "half" : "fp16";
        }

        if (Input == InputForm.Tensor)
        {
            yield return "tensor";
        }

        foreach (var (word, size) in new[] { ("batch", Sizes.Batch), ("height", Sizes.Height), ("width", Sizes.Width) })
        {
            if (size is { } given)
            {
                yield return given.IsKnown ? $"{word}{given}" : $"{word}-dynamic";
            }
        }

        if (ExternalData)
        {
            yield return "external";
        }

        if (Opset != Graph.DefaultOpset)
        {
            yield return $"opset{Opset}";
        }
    }
}
