using Toolchain.Data;
using Toolchain.Networks;
using Toolchain.Train.Execution;
using Toolchain.Train.Loop;
using Toolchain.Train.Losses;
using Toolchain.Train.Observation;
using Toolchain.Train.Recipes;
using static TorchSharp.torch;

namespace Toolchain.Train.Tests.Support;

/// <summary>The training loop alone, on 8×8 images, with an observer of the test's own.</summary>
internal static class ObservedTraining
{
    /// <summary>Trains a perceptron.</summary>
    /// <param name="observer">Who watches.</param>
    /// <param name="recipe">With a batch size.</param>
    /// <param name="input">Another preprocessing than that of the data.</param>
    /// <param name="start">What the observer is told at first instead.</param>
    public static TrainingReport Run(RunObserver observer, TrainingRecipe recipe, Func<Preprocessing, Preprocessing>? input = null, Func<RunStart, RunStart>? start = null)
    {
        var data = TrainingData.Open(SmallData.Small8, recipe);
        var batch = recipe.BatchSize!.Value;
        var graph = NetworkCatalog.Get("mlp").Build(data.Size, data.Outputs, seed: recipe.Seed);
        using var weights = new ModelWeights(graph, CPU, ComputeMode.Default);
        using var loss = new CrossEntropyLoss();
        var phase = new TrainingPhase(
            graph,
            new GraphExecutor(graph, weights),
            new BatchFeeder(input?.Invoke(data.Preprocessing) ?? data.Preprocessing, CPU, ComputeMode.Default),
            data.Training(recipe, batch, 1),
            data.Validation(batch),
            int.MaxValue);
        var observers = new RunObservers(observer);
        var begun = new RunStart("m", "mlp", graph, weights, recipe, data, 1);
        observers.RunStarted(start?.Invoke(begun) ?? begun);
        using var run = NewRun();
        using var trainer = new Trainer(recipe, weights, [phase], loss, run, observers);
        return trainer.Run(default);
    }

    /// <summary>A run's folder.</summary>
    public static RunFolder NewRun() => RunFolder.Create(Session.NewPath("runs"), "m", TimeProvider.System);
}
