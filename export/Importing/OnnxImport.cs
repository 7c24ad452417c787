using System.Security.Cryptography;
using Toolchain.Export.Rewrites;
using Toolchain.Export.Verification;
using Toolchain.Graphs;
using Toolchain.Graphs.Editing;
using Toolchain.Graphs.Onnx;
using Toolchain.Registry;
using Toolchain.Registry.Cli;
using Toolchain.Runtime;

namespace Toolchain.Export.Importing;

/// <summary>
/// Makes a model of a foreign ONNX file: operators in the toolchain's opset, the input and output that trained graphs have, a probe. What is published
/// computes what the file computes; ONNX Runtime runs both.
/// </summary>
internal sealed class OnnxImport(ModelRegistry registry, ImportOptions options)
{
    private const int ProbeSamples = 8;
    private const long ProbeSeed = 0;

    /// <summary>Imports the file. Whatever fails, nothing is published.</summary>
    /// <exception cref="ToolchainException">
    /// The file is missing, damaged or no model of the task (<see cref="ErrorKind.NotFound"/>, <see cref="ErrorKind.BadInput"/>), something has to be said
    /// about it (<see cref="ErrorKind.Usage"/>), or the graph made of it computes something else (<see cref="ErrorKind.Mismatch"/>).
    /// </exception>
    public ImportReport Run(CancellationToken cancellation)
    {
        try
        {
            return Import(cancellation);
        }
        catch (ToolchainException fault) when (fault.Kind == ErrorKind.BadInput && !fault.Message.Contains(options.File, StringComparison.Ordinal))
        {
            throw new ToolchainException(fault.Kind, $"'{options.File}' cannot be imported: {fault.Message}", fault);
        }
    }

    private ImportReport Import(CancellationToken cancellation)
    {
        var file = OnnxFile.Read(options.File);
        if (Structure.Contradictions(file.Graph, file.ValueInfo, file.Opset) is { Count: > 0 } problems)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"{string.Join("; ", problems)}.");
        }

        var read = WeightAliases.Separate(file.Graph);
        var input = ForeignInput.Of(read, options);
        var output = OutputOf(read);
        ValueSizes.Check(read, file.ValueInfo, input, ProbeSamples);
        var normalisation = Normalisation.Of(read, input, options);
        var samples = Samples(normalisation.Preprocessing);
        var values = InputForm.Tensor.Make(normalisation.Preprocessing, samples.Bytes, ProbeSamples);
        using var foreign = ForeignModel.Load(input, options);
        var reference = foreign.Run(values, output.Name);
        cancellation.ThrowIfCancellationRequested();

        var channelsLast = input.Layout == ImageLayout.Nhwc;
        var (inner, rewrites) = new RewritePipeline([new AdaptInput(input), new VariableBatch()]).Apply(read with { Outputs = [output] });
        var ending = OutputEnding.Of(inner, reference, options, channelsLast);
        var graph = new RemoveDeadNodes().Apply(ending.Graph).Graph;
        var labels = Labels.Of(read, (int)OutputEnding.Dimensions(reference.Dimensions, options, channelsLast)[1], options);
        var write = new OnnxWriteOptions
        {
            Opset = Opsets.Required(graph) ?? Graph.DefaultOpset,
            Domains = file.Domains,
            KnownTypes = WithoutBatch(file.ValueInfo, input.Batch),
            ProducerVersion = ToolSpec.Current.Version,
        };

        using var draft = registry.NewVersion(options.Name);
        var (logits, difference) = (reference, 0.0);
        draft.Add(ArtifactKinds.Graph, ArtifactFiles.Graph, path =>
        {
            OnnxFile.Write(graph, path, write);
            cancellation.ThrowIfCancellationRequested();
            (var description, logits, difference) = Prove(path, normalisation.Preprocessing, samples, reference, ending.Relation, channelsLast, ImportProof.Allowed(output.Type.Element));
            return description;
        });
        draft.AddProbe(new(InputForm.Pixels.Make(normalisation.Preprocessing, samples.Bytes, ProbeSamples), logits));
        var version = draft.Publish(new ModelManifest
        {
            Task = options.Task.Text(),
            Import = new(Path.GetFileName(options.File), Sha256(options.File), $"{file.ProducerName} {file.ProducerVersion}".Trim() is { Length: > 0 } producer ? producer : null),
            Preprocessing = normalisation.Preprocessing,
            Labels = labels.Names,
        });
        return new(version, file, graph, input, normalisation, labels, ending, read.Outputs.Count - 1, rewrites.ToEquatableArray(), difference);
    }

    private ValueInfo OutputOf(Graph graph) => options.Output is not { } name
        ? graph.Outputs is [var first, ..] ? first : throw new ToolchainException(ErrorKind.BadInput, $"'{options.File}' has no output.")
        : graph.Outputs.FirstOrDefault(o => o.Name == name) ?? throw new ToolchainException(
            ErrorKind.Usage, $"'{options.File}' has no output '{name}'. It has: {string.Join(", ", graph.Outputs.Select(static o => o.Name))}.{Nearest.Hint(name, graph.Outputs.Select(static o => o.Name))}");

    // Random samples: there is no data to take real ones from, and what a probe is for, noise shows as well.
    private static TensorData Samples(Preprocessing input)
    {
        var random = new SeededRandom(ProbeSeed);
        var numbers = ProbeSamples * input.Height * input.Width * input.Channels;
        if (input.Samples == SampleKind.Numbers)
        {
            var rows = new float[numbers];
            foreach (ref var number in rows.AsSpan())
            {
                number = (float)((6 * random.NextDouble()) - 3);
            }

            return TensorData.Of<float>(rows);
        }

        var pixels = new byte[numbers];
        foreach (ref var pixel in pixels.AsSpan())
        {
            pixel = (byte)random.Below(256);
        }

        return TensorData.Of<byte>(pixels);
    }

    // The file is read back: what is proven is what lies on the disk.
    private (ArtifactDescription Description, TensorData Logits, double Difference) Prove(
        string path, Preprocessing preprocessing, TensorData samples, TensorData reference, Relation relation, bool channelsLast, double allowed)
    {
        var written = OnnxFile.Read(path);
        if (Structure.Problems(written.Graph, written.ValueInfo, written.Opset) is { Count: > 0 } problems)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"The graph made of '{options.File}' is not well formed: {string.Join("; ", problems)}. Nothing was published.");
        }

        using var model = LoadedModel.Load(path, preprocessing, options.Session);
        var logits = model.Run(samples.Bytes, ProbeSamples);
        var difference = ImportProof.Difference(reference, logits, relation, options, channelsLast);
        ImportProof.Require(difference, allowed, options);
        return (new()
        {
            Precision = Precision(written.Graph).Display(),
            Opset = written.Opset,
            Inputs = Specs(written.Graph.Inputs),
            Outputs = Specs(written.Graph.Outputs),
            Parity = new(difference, allowed),
        }, logits, difference);
    }

    // Most of its weights decide; tables of integers belong to shape arithmetic.
    private static ElementType Precision(Graph graph) => graph.Initializers.Values
        .Where(static w => w.Type.IsFloat())
        .GroupBy(static w => w.Type)
        .OrderByDescending(static g => g.Sum(static w => w.ElementCount))
        .FirstOrDefault()?.Key ?? ElementType.Float32;

    private static Dictionary<string, TensorType> WithoutBatch(IReadOnlyDictionary<string, TensorType> stated, Dimension batch) => stated.ToDictionary(
        static s => s.Key,
        s => batch.IsKnown && s.Value.Shape is [var first, ..] shape && first == batch ? s.Value with { Shape = shape.With(0, Dimension.Unknown) } : s.Value,
        StringComparer.Ordinal);

    private static string Sha256(string path)
    {
        using var content = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(content));
    }

    private static IReadOnlyList<TensorSpec> Specs(EquatableArray<ValueInfo> values) =>
        [.. values.Select(static v => new TensorSpec(v.Name, v.Type.Element.Display(), v.Type.Shape?.ToString() ?? "?"))];
}
