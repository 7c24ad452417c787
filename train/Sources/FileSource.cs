using System.Security.Cryptography;
using Toolchain.Graphs;
using Toolchain.Graphs.Editing;
using Toolchain.Graphs.Onnx;
using Toolchain.Networks;
using Toolchain.Registry;

namespace Toolchain.Train.Sources;

/// <summary>An <c>.onnx</c> file as a network: its graph and its weights are where training begins.</summary>
internal sealed class FileSource : NetworkSource
{
    private const string CopyName = "source.onnx";

    private readonly string _path;
    private readonly Graph _graph;

    private FileSource(string path, Graph graph, string name, ImportSpec import) => (_path, _graph, Name, Import) = (path, graph, name, import);

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override ImportSpec Import { get; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="ToolchainException">It is not there (<see cref="ErrorKind.NotFound"/>) or is no ONNX model (<see cref="ErrorKind.BadInput"/>).</exception>
    public static FileSource Open(string path)
    {
        var model = OnnxFile.Read(path);
        var producer = $"{model.ProducerName} {model.ProducerVersion}".Trim();
        return new(path, WeightAliases.Separate(model.Graph), NameOf(path), new(Path.GetFileName(path), Hash(path), producer.Length > 0 ? producer : null));
    }

    /// <summary>Reads the copy that <see cref="Keep"/> wrote.</summary>
    /// <exception cref="ToolchainException">It is missing or damaged.</exception>
    public static FileSource OpenCopy(string path, SourceSpec spec) => new(path, OnnxFile.Read(path).Graph, spec.Name!, spec.Import!);

    /// <inheritdoc/>
    public override SourceSpec Keep(string folder)
    {
        OnnxFile.Write(_graph, Path.Combine(folder, CopyName));
        return new() { File = CopyName, Name = Name, Import = Import };
    }

    /// <inheritdoc/>
    public override Graph Build(ImageSize? input, int? classes, long seed)
    {
        var graph = input is null ? _graph : WithInput(input, _graph.Inputs is [{ Type.Shape: [var batch, ..] }, ..] ? batch : "N");
        return (classes is { } count ? new NetworkEdits([new GraphEdit.Classes(count)]) : NetworkEdits.None).Apply(graph, seed).Graph;
    }

    /// <inheritdoc/>
    protected override (Graph Graph, IReadOnlyList<string> Notes) Prepare(ImageSize input, int classes, bool newHead, long seed, InitializationPolicy? first)
    {
        if (first is not null)
        {
            throw new ToolchainException(ErrorKind.Usage, $"--init gives first values, and {_path} brings its own. Leave it out.");
        }

        var (graph, notes) = WithoutSoftmax(WithInput(input, "N"));
        if (graph.Outputs[0].Type.Shape is [{ IsKnown: true } batch, ..])
        {
            throw new ToolchainException(ErrorKind.BadInput, $"{_path} cannot be trained: it is made for batches of {batch} alone. Export it again with a symbolic batch size (in PyTorch: dynamic_axes).");
        }

        if (!newHead)
        {
            return (graph, notes);
        }

        var headed = new NetworkEdits([new GraphEdit.Classes(classes)]).Apply(graph, seed);
        return (headed.Graph, [.. notes, .. headed.Changes]);
    }

    // The file's own sizes stay; what it leaves open is bound to the image's.
    private Graph WithInput(ImageSize image, Dimension batch)
    {
        if (_graph.Inputs is not [{ Type: { Element: ElementType.Float32, Shape: [_, var c, var h, var w] } } only])
        {
            throw new ToolchainException(ErrorKind.BadInput, $"{_path} does not take images as the trainer gives them: it needs one input float32 [N, C, H, W], found {string.Join(", ", _graph.Inputs.Select(static i => $"{i.Name} {i.Type}"))}.");
        }

        if (!c.Admits(image.Channels) || !h.Admits(image.Height) || !w.Admits(image.Width))
        {
            throw new ToolchainException(ErrorKind.BadInput, $"{_path} takes images of {c}x{h}x{w}, found {image}. Use images of that size, or export the model again with symbolic height and width.");
        }

        var bound = _graph with { Inputs = [only with { Type = only.Type with { Shape = [batch, image.Channels, image.Height, image.Width] } }] };
        var types = GraphTypes.Infer(bound);
        return bound with { Outputs = bound.Outputs.Select(o => types[o.Name] is { } type ? o with { Type = type } : o).ToEquatableArray() };
    }

    // The losses take logits and compute the softmax themselves, more exactly.
    private static (Graph Graph, IReadOnlyList<string> Notes) WithoutSoftmax(Graph graph) =>
        graph.Nodes.FirstOrDefault(n => n.Outputs.Contains(graph.Outputs[0].Name)) is { Op: Softmax or LogSoftmax } last
            ? (new NetworkEdits([new GraphEdit.Remove(last.Name)]).Apply(graph, 0).Graph, [$"{last} is left out: the loss takes logits"])
            : (graph, []);

    private static string NameOf(string path)
    {
        var name = string.Concat(Path.GetFileNameWithoutExtension(path).ToLowerInvariant().Select(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' ? c : '-')).TrimStart('.', '_', '-');
        return name.Length == 0 ? "imported" : name[..Math.Min(64, name.Length)];
    }

    private static string Hash(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
