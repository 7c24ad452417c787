using Toolchain.Data;
using Toolchain.Graphs;
using Toolchain.Train.Execution;
using Toolchain.Train.Loop;
using Toolchain.Train.Losses;
using static TorchSharp.torch;

namespace Toolchain.Train.Evaluation;

/// <summary>A trained graph with its own preprocessing, in float32 and evaluation mode: from decoded images to log-probabilities. Disposing frees it.</summary>
public sealed class Classifier : IDisposable
{
    private readonly GraphExecutor _network;
    private readonly BatchFeeder _feeder;
    private readonly OutputForm _form;

    /// <summary>Moves a graph's weights to a device.</summary>
    /// <param name="name">What reports call it, for example <c>mnist:3</c>.</param>
    /// <param name="graph">A graph that ends in logits, log-probabilities or probabilities of classes, or in one logit.</param>
    /// <param name="preprocessing">How images become its input.</param>
    /// <param name="device">Where it computes.</param>
    /// <exception cref="ToolchainException">The graph has operators that the trainer does not know (<see cref="ErrorKind.BadInput"/>).</exception>
    public Classifier(string name, Graph graph, Preprocessing preprocessing, Device device)
    {
        (Name, _form) = (name, OutputForms.Of(graph));
        _network = new(graph, device);
        _feeder = new(preprocessing, device, ComputeMode.Default);
    }

    /// <summary>What reports call it.</summary>
    public string Name { get; }

    /// <summary>The log-probabilities of a batch, averaged as probabilities over the views, and its labels.</summary>
    /// <returns><c>float32 [N, K]</c> and <c>int64 [N]</c> on the device; the current dispose scope owns both.</returns>
    public (Tensor LogProbabilities, Tensor Labels) Predict(Batch batch, TestTimeAugmentation augmentation)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        augmentation.RequireFit(_feeder.Preprocessing);
        var loaded = _feeder.Load(batch);
        var views = new List<Tensor> { Predict(loaded.Inputs) };
        var scratch = augmentation.Views.Length > 1 ? new byte[batch.Pixels.Length] : [];
        foreach (var view in augmentation.Views.Where(static v => v != default))
        {
            views.Add(Predict(_feeder.Load(view.Of(batch.Pixels, _feeder.Preprocessing, scratch), batch.Count)));
        }

        return scope.MoveToOuter(ClassScores.Mean(views), loaded.Truth);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _network.Dispose();
        _feeder.Dispose();
    }

    private Tensor Predict(Tensor inputs)
    {
        using var scope = NewDisposeScope();
        return scope.MoveToOuter(ClassScores.LogProbabilities(_network.Forward(inputs), _form));
    }
}
