using System.Globalization;
using Toolchain.Data;
using Toolchain.Graphs;
using Toolchain.Networks;
using Toolchain.Registry;
using Toolchain.Registry.Cli;
using Toolchain.Train.Execution;
using Toolchain.Train.Loop.Checkpoints;
using Toolchain.Train.Losses;
using Toolchain.Train.Observation;
using Toolchain.Train.Recipes;
using Toolchain.Train.Sources;
using TorchSharp;

namespace Toolchain.Train.Loop;

/// <summary>
/// A request made ready: data opened and divided, graph built, device, threads, precision, layout and batch chosen. Every member of an ensemble is trained
/// from the same one. Disposing frees the loss.
/// </summary>
internal sealed class PreparedTraining : IDisposable
{
    private readonly CommandConsole _console;
    private readonly Loss _loss;

    /// <summary>Makes a request ready, and says so.</summary>
    /// <exception cref="ToolchainException">Network, data, recipe and machine do not go together.</exception>
    public PreparedTraining(TrainingRequest request, CommandConsole console, CancellationToken cancellation)
    {
        _console = console;
        var recipe = request.Recipe;
        Device = TorchDevice.Resolve(request.Device);
        Threads = TorchDevice.UseThreads(request.Threads);
        Data = TrainingData.Open(
            request.Data, recipe with { Seed = request.SplitSeed ?? recipe.Seed }, request.Reading with { Notice = console.Line, Cancellation = cancellation }, request.Division);
        Data.Splits.Warn(console);
        RequireData(request);
        request.Source.RequireTask(Data.Task);
        Request = request;
        Final = recipe.Sizes is [.., var last] ? Data.At(last) : Data;
        var first = Build(Final.Size, recipe.Seed);
        Graph = first.Graph;
        RequireOneSetOfWeights();
        _loss = LossCatalog.Create(
            recipe.CreateLossOptions(() => [.. Toolchain.Data.ClassWeights.Balanced(Data.Splits.Train, Data.Split.Train)]), Data.Task, Data.Outputs, OutputForms.Of(Graph));
        var chosen = ComputeModeChoice.Choose(Graph, Device, recipe.BatchSize ?? ComputeModeChoice.LargestTrialBatch, request.Precision, request.Layout, ComputeModeMemory.OfUser);
        Mode = chosen.Mode;
        Request = request with { Recipe = recipe with { BatchSize = recipe.BatchSize ?? BatchSizeSearch.Find(Graph, Device, Mode, recipe, Data.Split.Train.Length, console) } };
        Announce(chosen);
        foreach (var note in first.Notes)
        {
            console.Line(note);
        }
    }

    /// <summary>The request, with the batch that was chosen.</summary>
    public TrainingRequest Request { get; }

    /// <summary>The samples.</summary>
    public TrainingData Data { get; }

    /// <summary>The samples at the size of the last phase, which is the model's.</summary>
    public TrainingData Final { get; }

    /// <summary>The network at that size, with the first values of the request's seed.</summary>
    public Graph Graph { get; }

    /// <summary>Where it is trained.</summary>
    public torch.Device Device { get; }

    /// <summary>Computing threads.</summary>
    public int Threads { get; }

    /// <summary>How it computes.</summary>
    public ComputeMode Mode { get; }

    /// <summary>Trains once.</summary>
    /// <param name="name">What the model will be called.</param>
    /// <param name="recipe">The request's recipe, with a seed of its own.</param>
    /// <param name="run">Where checkpoints go.</param>
    /// <param name="from">Where an earlier process came to; null for a beginning.</param>
    /// <param name="pauseAfter">The epoch after which to pause; null for none.</param>
    /// <param name="display">Shows it on a terminal; one of the observers.</param>
    /// <param name="observers">Who watches.</param>
    /// <param name="cycleEnded">Called after each cycle of a schedule that restarts.</param>
    /// <param name="cancellation">Stops it.</param>
    public TrainingReport Train(
        string name, TrainingRecipe recipe, RunFolder run, Checkpoint? from, int? pauseAfter, TrainingDisplay display, RunObservers observers,
        Action<EpochReport, IReadOnlyDictionary<string, TensorData>>? cycleEnded, CancellationToken cancellation)
    {
        // Another seed means other first values, of what is not given by a model or file.
        var begun = recipe.Seed == Request.Recipe.Seed ? Graph : Build(Final.Size, recipe.Seed).Graph;
        using var weights = new ModelWeights(begun, Device, Mode);
        observers.RunStarted(new(name, Request.Source.Name, begun, weights, recipe, Final, Threads)
        {
            Earlier = from?.State.Reports ?? [],
            EarlierSteps = from?.State.Steps ?? 0,
            Arguments = Request.Source.Network?.Arguments ?? new Dictionary<string, string>(),
            Varied = Request.Varied,
        });
        using var trainer = new Trainer(recipe, weights, Phases(recipe, weights, from?.State.Reports.Count ?? 0), _loss, run, observers)
        {
            CycleEnded = cycleEnded,
            From = from,
            CheckpointEvery = Request.CheckpointEvery,
            PauseAfter = pauseAfter,
        };
        try
        {
            return display.Run(() => trainer.Run(cancellation));
        }
        catch (OperationCanceledException)
        {
            _console.Line($"Stopped. {run.WhatIsKept()}{run.HowToGoOn()}");
            throw;
        }
    }

    /// <summary>The graph with trained weights.</summary>
    public Graph Trained(IReadOnlyDictionary<string, TensorData> weights) => Graph with { Initializers = Graph.Initializers.Select((name, _) => weights[name]) };

    /// <inheritdoc/>
    public void Dispose() => _loss.Dispose();

    private IEnumerable<TrainingPhase> Phases(TrainingRecipe recipe, ModelWeights weights, int epochsDone)
    {
        if (recipe.Sizes.IsEmpty)
        {
            yield return Phase(Data, int.MaxValue);
            yield break;
        }

        var epochs = 0;
        foreach (var size in recipe.Sizes)
        {
            epochs += size.Epochs;
            if (epochs > epochsDone)
            {
                _console.Line($"images of {size.Height}x{size.Width} from here on");
                yield return Phase(size == recipe.Sizes[^1] ? Final : Data.At(size), epochs);
            }
        }

        TrainingPhase Phase(TrainingData at, int lastEpoch)
        {
            var graph = Build(at.Size, recipe.Seed).Graph;
            return new(
                graph,
                new GraphExecutor(graph, weights),
                new BatchFeeder(at.Preprocessing, weights.Device, weights.Mode),
                at.Training(recipe, recipe.BatchSize!.Value, Request.Workers),
                at.Validation(recipe.BatchSize.Value),
                lastEpoch);
        }
    }

    private SourcedGraph Build(ImageSize size, long seed) => Request.Source.BuildForTraining(
        size, Data.Outputs, Request.NewHead is not null, Request.Edits, seed, Request.Recipe.CreateInitialization());

    private void RequireData(TrainingRequest request)
    {
        if (request.Fingerprint?.Difference(Data) is { } difference)
        {
            throw new ToolchainException(ErrorKind.Mismatch, $"Data set {request.Data} has changed since the training began: {difference}. Restore it as it was.");
        }

        if (request.NewHead is { } outputs && outputs != Data.Outputs)
        {
            throw new ToolchainException(ErrorKind.Usage, $"--classes is {outputs}, but {request.Data} has {Data.Outputs} {(Data.Task == ModelTask.Regression ? "target columns" : "classes")}.");
        }
    }

    // Progressive resizing moves the weights from size to size, so no parameter may depend on the size.
    private void RequireOneSetOfWeights()
    {
        foreach (var size in Request.Recipe.Sizes)
        {
            var other = Build(new(Data.Size.Channels, size.Height, size.Width), Request.Recipe.Seed).Graph;
            if (other.Initializers.FirstOrDefault(p => !Graph.Initializers.TryGetValue(p.Key, out var at) || at.Dimensions != p.Value.Dimensions) is { Key: { } name, Value: var found })
            {
                throw new ToolchainException(
                    ErrorKind.Usage,
                    $"--sizes: '{name}' of network '{Graph.Name}' is {found.Dimensions} for {size.Height}x{size.Width} images and {Graph.Initializers.GetValueOrDefault(name)?.Dimensions.ToString() ?? "absent"} for the last size, so its weights cannot be taken along. Take a network that ends in adaptive pooling.");
            }
        }
    }

    private void Announce(ChosenMode chosen)
    {
        var (parameters, train) = (LayerTable.Of(Graph).Trainable, Data.Splits.Train);
        _console.Line(FormattableString.Invariant(
            $"{Request.ModelName}: network {Graph.Name}, {parameters:n0} parameters, on {Device}, {Threads} threads"));
        var samples = train.Inputs is TableInputs ? $"rows of {train.Channels} columns" : $"images of {train.Channels}x{train.Height}x{train.Width}";
        var outputs = Data.Task == ModelTask.Regression ? $"target columns: {string.Join(", ", train.OutputNames)}" : FormattableString.Invariant($"{Data.Outputs} classes");
        _console.Line(FormattableString.Invariant(
            $"{Data.Splits.Reference}: {Data.Split.Train.Length:n0} training, {Data.Split.Validation.Length:n0} validation, {Data.Splits.Test.Count:n0} test {samples}, {outputs}"));
        _console.Line($"computing in {chosen.Mode} ({chosen.Reason}); --precision and --layout override");
        if (Request.Recipe is { Freeze.IsEmpty: false } or { FreezeExcept.IsEmpty: false })
        {
            string[] names = [.. Graph.Initializers.Keys.Except(Graph.Buffers())];
            _console.Line(FormattableString.Invariant($"{new Freezing(Request.Recipe, names).Count} of {names.Length} parameter tensors are frozen at first"));
        }
    }
}
