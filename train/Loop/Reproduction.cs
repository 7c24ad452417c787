using System.Globalization;
using Toolchain.Data;
using Toolchain.Graphs;
using Toolchain.Graphs.Editing;
using Toolchain.Graphs.Onnx;
using Toolchain.Registry;
using Toolchain.Registry.Cli;
using Toolchain.Train.Execution;
using Toolchain.Train.Recipes;
using Toolchain.Train.Sources;

namespace Toolchain.Train.Loop;

/// <summary>A tensor that came out differently.</summary>
/// <param name="Name">Its name.</param>
/// <param name="What">What differs, in words.</param>
/// <param name="Largest">The largest difference of two values; null where the tensors cannot be compared so.</param>
internal sealed record TensorDifference(string Name, string What, double? Largest);

/// <summary>What came of training a model again.</summary>
/// <param name="Tensors">Tensors that were compared.</param>
/// <param name="First">The first that differs; null when all are identical, byte for byte.</param>
/// <param name="Circumstances">What is different here from where the model was trained, in words; none when nothing is known to be.</param>
internal sealed record ReproductionReport(int Tensors, TensorDifference? First, IReadOnlyList<string> Circumstances)
{
    /// <summary>Whether all weights are identical.</summary>
    public bool IsIdentical => First is null;
}

/// <summary>Trains a model again, from its manifest alone, and compares the weights.</summary>
/// <param name="model">The model.</param>
/// <param name="registry">Where it is, and the model that its training began with, if any.</param>
internal sealed class Reproduction(ModelVersion model, ModelRegistry registry)
{
    private TrainingSpec Training => model.Manifest.Training
        ?? throw new ToolchainException(ErrorKind.Usage, $"Model {model} was not trained here: it was imported, or made of other models, so there is no training to reproduce.");

    /// <summary>Where a data set is now that has moved; null, the default, for where the manifest says.</summary>
    public string? Data { get; init; }

    /// <summary>The file that the network was read from; null, the default, where it is of the catalog or began with another model.</summary>
    public string? File { get; init; }

    /// <summary>What is different here from where the model was trained, the likeliest reason for other weights first.</summary>
    public IReadOnlyList<string> Circumstances()
    {
        var (then, tool) = (Training, model.Manifest.Tool);
        var (engine, processor) = (TorchDevice.Engine, HostProcessor.Current);
        (bool Differs, string What)[] all =
        [
            (then.Engine != engine, $"the engine was {then.Engine.Name} {then.Engine.Version} and is {engine.Name} {engine.Version}"),
            (then.Processor is { } p && p.Instructions != processor.Instructions, $"the processor had the instructions '{then.Processor?.Instructions}' and has '{processor.Instructions}'"),
            (then.Processor is { } q && q.Name != processor.Name, $"the processor was {then.Processor?.Name} and is {processor.Name}"),
            (tool.Version != ToolSpec.Current.Version, $"the toolchain was {tool.Version} and is {ToolSpec.Current.Version}"),
            (tool.Version == ToolSpec.Current.Version && tool.Commit != ToolSpec.Current.Commit, $"the toolchain was of commit {tool.Commit ?? "unknown"} and is of {ToolSpec.Current.Commit ?? "unknown"}"),
        ];
        return [.. all.Where(static d => d.Differs).Select(static d => d.What)];
    }

    /// <summary>Trains, with threads, precision, layout and device as recorded, and compares. Nothing stays on the disk.</summary>
    /// <exception cref="ToolchainException">The data or what the training began with is not the same (<see cref="ErrorKind.Mismatch"/>) or not there.</exception>
    public ReproductionReport Run(CommandConsole console, TimeProvider time, CancellationToken cancellation)
    {
        var folder = Directory.CreateTempSubdirectory("toolchain-reproduce-").FullName;
        try
        {
            var outcome = new TrainingRun(Request(Path.Combine(folder, "runs")), new ModelRegistry(Path.Combine(folder, "models"), time), console, time).Execute(cancellation);
            var again = outcome.Models[(Training.Snapshot ?? 1) - 1].Model;
            var (expected, found) = (Weights(model), Weights(again));
            return new(expected.Count, FirstDifference(expected, found), Circumstances());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The first tensor that differs, in the order of the first graph.</summary>
    internal static TensorDifference? FirstDifference(OrderedWeights expected, OrderedWeights found) => expected
        .Select(e => found.TryGetValue(e.Key, out var data) ? Difference(e.Key, e.Value, data) : new(e.Key, "is missing", null))
        .Concat(found.Keys.Where(name => !expected.ContainsKey(name)).Select(static name => new TensorDifference(name, "is new", null)))
        .FirstOrDefault(static d => d is not null);

    private TrainingRequest Request(string runs)
    {
        var training = Training;
        var (recipe, mode) = WrittenRecipe.Read(training.Recipe, training.Seed, $"manifest of {model}");
        var source = Source();
        return new()
        {
            Source = source,
            Edits = NetworkEdits.Parse(source is CatalogSource ? model.Manifest.Network!.Edits : training.Edits),
            NewHead = training.FreshHead ? model.Manifest.Labels.Count : null,
            Data = Data ?? training.Data.Reference,
            Fingerprint = new(training.Data.ContentHash, training.Data.TestHash, training.Data.Split?.Hash),
            SplitSeed = training.Data.Split?.Seed,
            Reading = new() { Size = training.Data.ImageSize is { } size ? ImageExtent.Parse(size).Pair : null, SkipBad = training.Data.Skipped is not null },
            Division = new()
            {
                Folds = training.Data.Split?.Folds,
                Fold = training.Data.Split?.Fold,
                File = training.Data.Split?.File,
                OwnFirst = training.Data.Split?.Method == SplitMethods.Given,
            },
            Recipe = recipe,
            ModelName = "reproduction",
            Snapshots = training.Snapshot is not null,
            Device = DeviceSpec.Parse(training.Device),
            Threads = training.Threads,
            Precision = mode.Precision,
            Layout = mode.Layout,
            RunsFolder = runs,
        };
    }

    private NetworkSource Source()
    {
        var manifest = model.Manifest;
        if (manifest.Parents.FirstOrDefault(static p => p.Role == ParentRoles.InitialWeights) is { } parent)
        {
            return ModelSource.Open(registry, parent.Reference, parent.Sha256);
        }

        if (manifest.Import is { } import)
        {
            var file = FileSource.Open(File ?? throw new ToolchainException(ErrorKind.Usage, $"The training of {model} began with the file {import.File}, which the registry does not keep. Give it with --source."));
            return file.Import.Sha256 == import.Sha256
                ? file
                : throw new ToolchainException(ErrorKind.Mismatch, $"'{File}' is not the file that the training of {model} began with: its SHA-256 is {file.Import.Sha256}, expected {import.Sha256}.");
        }

        return manifest.Network is { } network
            ? NetworkSource.Resolve(network.Name, network.Arguments)
            : throw new ToolchainException(ErrorKind.BadInput, $"The manifest of {model} names no network.");
    }

    private static OrderedWeights Weights(ModelVersion version) => OnnxFile.Read(version.OpenArtifact(ArtifactKinds.Graph).Path).Graph.Initializers;

    private static TensorDifference? Difference(string name, TensorData expected, TensorData found)
    {
        if (expected.Type != found.Type || expected.Dimensions != found.Dimensions)
        {
            return new(name, $"was {expected.TensorType} and is {found.TensorType}", null);
        }

        if (expected.Bytes.Span.SequenceEqual(found.Bytes.Span))
        {
            return null;
        }

        if (expected.Type != ElementType.Float32)
        {
            return new(name, "has other values", null);
        }

        var (differing, largest) = (0, 0f);
        var a = expected.Values<float>();
        var b = found.Values<float>();
        for (var i = 0; i < a.Length; i++)
        {
            differing += BitConverter.SingleToInt32Bits(a[i]) == BitConverter.SingleToInt32Bits(b[i]) ? 0 : 1;
            largest = MathF.Max(largest, MathF.Abs(a[i] - b[i]));
        }

        return new(name, string.Create(CultureInfo.InvariantCulture, $"differs in {differing:n0} of {a.Length:n0} values, by up to {largest:g3}"), largest);
    }
}
