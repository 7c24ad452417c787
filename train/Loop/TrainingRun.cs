using System.Diagnostics;
using System.Globalization;
using Toolchain.Data;
using Toolchain.Graphs;
using Toolchain.Graphs.Editing;
using Toolchain.Networks;
using Toolchain.Registry;
using Toolchain.Registry.Cli;
using Toolchain.Train.Evaluation;
using Toolchain.Train.Execution;
using Toolchain.Train.Losses;
using Toolchain.Train.Observation;
using Toolchain.Train.Recipes;
using Toolchain.Train.Sources;
using TorchSharp;

namespace Toolchain.Train.Loop;

/// <summary>A whole run: data, split, network, training, the measurement on the test split, publication; several times for an ensemble.</summary>
internal sealed class TrainingRun(TrainingRequest request, ModelRegistry registry, CommandConsole console, TimeProvider time)
{
    /// <summary>Runs it.</summary>
    public TrainingOutcome Execute(CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        var recipe = request.Recipe;
        var device = TorchDevice.Resolve(request.Device);
        var threads = TorchDevice.UseThreads(request.Threads);
        var data = TrainingData.Open(request.Data, recipe);
        if (request.NewHead is { } outputs && outputs != data.Outputs)
        {
            throw new ToolchainException(ErrorKind.Usage, $"--classes is {outputs}, but {request.Data} has {data.Outputs} {(data.Task == ModelTask.Regression ? "target columns" : "classes")}.");
        }

        request.Source.RequireTask(data.Task);
        var final = recipe.Sizes is [.., var last] ? data.At(last) : data;
        var first = Graph(final.Size, data.Outputs, recipe.Seed);
        var graph = first.Graph;
        RequireOneSetOfWeights(graph, data);
        using var loss = LossCatalog.Create(
            recipe.CreateLossOptions(() => [.. Data.ClassWeights.Balanced(data.Splits.Train, data.Split.Train)]), data.Task, data.Outputs, OutputForms.Of(graph));
        var chosen = ComputeModeChoice.Choose(graph, device, recipe.BatchSize ?? ComputeModeChoice.LargestTrialBatch, request.Precision, request.Layout, ComputeModeMemory.OfUser);
        recipe = recipe with { BatchSize = recipe.BatchSize ?? BatchSizeSearch.Find(graph, device, chosen.Mode, recipe, data.Split.Train.Length, console) };
        Announce(data, graph, device, threads, chosen);
        foreach (var note in first.Notes)
        {
            console.Line(note);
        }

        var models = new List<TrainedModel>();
        var reports = new List<TrainingReport>();
        var findings = new List<Finding>();
        var runFolder = "";
        for (var member = 0; member < request.Members; member++)
        {
            var name = request.Members > 1 ? Numbered(member + 1) : request.ModelName;
            var own = recipe with { Seed = recipe.Seed + member };
            var run = RunFolder.Create(request.RunsFolder, name, time);
            var display = new TrainingDisplay(console);
            using var observers = request.Observation.Open(run, time, display, console);
            try
            {
                var publication = new Publication(request, registry, own, final, chosen.Mode, device, threads);
                var report = Train(name, graph, own, data, final, loss, device, chosen.Mode, threads, run, display, observers, (epoch, weights) =>
                {
                    if (request.Snapshots)
                    {
                        models.Add(publication.Publish(Numbered(models.Count + 1), Trained(graph, weights), epoch, cancellation));
                    }
                }, cancellation);
                reports.Add(report);
                if (!request.Snapshots)
                {
                    models.Add(publication.Publish(name, Trained(graph, report.BestWeights), report.Epochs[report.BestEpoch - 1], cancellation) with { Weights = report.BestWeights });
                }
            }
            catch (Exception failure)
            {
                observers.RunFailed(failure);
                throw;
            }

            runFolder = run.Path;
            findings.AddRange(observers.Findings);
            Ended(observers, models[^1], reports[^1]);
        }

        return new(
            models, models.Count > 1 ? Together(models, graph, final, device, cancellation) : null, reports, recipe.BatchSize.Value, chosen.Mode, runFolder, Stopwatch.GetElapsedTime(started).TotalSeconds,
            findings);
    }

    private TrainingReport Train(
        string name, Graph graph, TrainingRecipe recipe, TrainingData data, TrainingData final, Loss loss, torch.Device device, ComputeMode mode, int threads,
        RunFolder run, TrainingDisplay display, RunObservers observers, Action<EpochReport, IReadOnlyDictionary<string, TensorData>> cycleEnded, CancellationToken cancellation)
    {
        // Another seed means other first values, of what is not given by a model or file.
        var begun = recipe.Seed == request.Recipe.Seed ? graph : Graph(final.Size, data.Outputs, recipe.Seed).Graph;
        using var weights = new ModelWeights(begun, device, mode);
        observers.RunStarted(new(name, request.Source.Name, begun, weights, recipe, final, threads));
        var trainer = new Trainer(recipe, weights, Phases(recipe, weights, data, final), loss, run, observers) { CycleEnded = cycleEnded };
        try
        {
            return display.Run(() => trainer.Run(cancellation));
        }
        catch (OperationCanceledException)
        {
            console.Line($"Stopped. {run.WhatIsKept()}");
            throw;
        }
    }

    private IEnumerable<TrainingPhase> Phases(TrainingRecipe recipe, ModelWeights weights, TrainingData data, TrainingData final)
    {
        if (recipe.Sizes.IsEmpty)
        {
            yield return Phase(data, int.MaxValue);
            yield break;
        }

        var epochs = 0;
        foreach (var size in recipe.Sizes)
        {
            epochs += size.Epochs;
            console.Line($"images of {size.Height}x{size.Width} from here on");
            yield return Phase(size == recipe.Sizes[^1] ? final : data.At(size), epochs);
        }

        TrainingPhase Phase(TrainingData at, int lastEpoch)
        {
            var graph = Graph(at.Size, data.Outputs, recipe.Seed).Graph;
            return new(
                graph,
                new GraphExecutor(graph, weights),
                new BatchFeeder(at.Preprocessing, weights.Device, weights.Mode),
                at.Training(recipe, recipe.BatchSize!.Value, request.Workers),
                at.Validation(recipe.BatchSize.Value),
                lastEpoch);
        }
    }

    private SourcedGraph Graph(ImageSize size, int outputs, long seed) => request.Source.BuildForTraining(
        size, outputs, request.NewHead is not null, request.Edits, seed, request.Recipe.CreateInitialization());

    // Progressive resizing moves the weights from size to size, so no parameter may depend on the size.
    private void RequireOneSetOfWeights(Graph graph, TrainingData data)
    {
        foreach (var size in request.Recipe.Sizes)
        {
            var other = Graph(new(data.Size.Channels, size.Height, size.Width), data.Outputs, request.Recipe.Seed).Graph;
            if (other.Initializers.FirstOrDefault(p => !graph.Initializers.TryGetValue(p.Key, out var at) || at.Dimensions != p.Value.Dimensions) is { Key: { } name, Value: var found })
            {
                throw new ToolchainException(
                    ErrorKind.Usage,
                    $"--sizes: '{name}' of network '{graph.Name}' is {found.Dimensions} for {size.Height}x{size.Width} images and {graph.Initializers.GetValueOrDefault(name)?.Dimensions.ToString() ?? "absent"} for the last size, so its weights cannot be taken along. Take a network that ends in adaptive pooling.");
            }
        }
    }

    private static Graph Trained(Graph graph, IReadOnlyDictionary<string, TensorData> weights) => graph with { Initializers = graph.Initializers.Select((name, _) => weights[name]) };

    private string Numbered(int member) => string.Create(CultureInfo.InvariantCulture, $"{request.ModelName}-{member}");

    private static SplitMetrics? Together(IReadOnlyList<TrainedModel> models, Graph graph, TrainingData data, torch.Device device, CancellationToken cancellation)
    {
        if (data.Task != ModelTask.Classification)
        {
            return null;
        }

        Classifier[] members = [.. models.Select(m => new Classifier(m.Model.ToString(), Trained(graph, m.Weights), data.Preprocessing, device))];
        try
        {
            return Evaluator.Evaluate(members, data.Splits.Test, Enumerable.Range(0, data.Splits.Test.Count).ToArray(), new(), cancellation).Report.ToMetrics();
        }
        finally
        {
            Array.ForEach(members, static m => m.Dispose());
        }
    }

    // The model is published; a log that cannot be finished does not take that back.
    private void Ended(RunObservers observers, TrainedModel model, TrainingReport report)
    {
        try
        {
            observers.RunEnded(new(RunOutcome.Published) { Model = model, Report = report });
        }
        catch (ToolchainException failure) when (failure.Kind == ErrorKind.Unavailable)
        {
            console.Warn($"model {model.Model} was published, but its run's log could not be finished: {failure.InnerException?.Message}");
        }
    }

    private void Announce(TrainingData data, Graph graph, torch.Device device, int threads, ChosenMode chosen)
    {
        var (parameters, train) = (LayerTable.Of(graph).Trainable, data.Splits.Train);
        console.Line(FormattableString.Invariant(
            $"{request.ModelName}: network {graph.Name}, {parameters:n0} parameters, on {device}, {threads} threads"));
        var samples = train.Inputs is TableInputs ? $"rows of {train.Channels} columns" : $"images of {train.Channels}x{train.Height}x{train.Width}";
        var outputs = data.Task == ModelTask.Regression ? $"target columns: {string.Join(", ", train.OutputNames)}" : FormattableString.Invariant($"{data.Outputs} classes");
        console.Line(FormattableString.Invariant(
            $"{data.Splits.Reference}: {data.Split.Train.Length:n0} training, {data.Split.Validation.Length:n0} validation, {data.Splits.Test.Count:n0} test {samples}, {outputs}"));
        console.Line($"computing in {chosen.Mode} ({chosen.Reason}); --precision and --layout override");
        if (request.Recipe is { Freeze.IsEmpty: false } or { FreezeExcept.IsEmpty: false })
        {
            string[] names = [.. graph.Initializers.Keys.Except(graph.Buffers())];
            console.Line(FormattableString.Invariant($"{new Freezing(request.Recipe, names).Count} of {names.Length} parameter tensors are frozen at first"));
        }
    }
}
