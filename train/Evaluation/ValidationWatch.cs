using Toolchain.Data;
using Toolchain.Graphs;
using Toolchain.Train.Execution;
using Toolchain.Train.Loop;
using Toolchain.Train.Losses;
using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Evaluation;

/// <summary>Collects a <see cref="ValidationView"/> while a network is measured. Disposing frees the sums.</summary>
/// <param name="graph">The network's graph.</param>
public sealed class ValidationWatch(Graph graph) : IDisposable
{
    private const int Samples = 16;

    private readonly OutputForm _form = OutputForms.Of(graph);
    private readonly DeviceSum _pairs = new();
    private readonly List<PredictedSample> _samples = [];
    private RectifierUnits[] _rectifiers = [];
    private ChannelMoments[] _inputs = [];
    private bool _begun;
    private int _classes;

    /// <summary>What has been seen so far.</summary>
    public ValidationView View => new(
        _classes == 0 ? null : new(_classes, _pairs.Values.Select(static v => (long)v).ToEquatableArray()), _rectifiers.ToEquatableArray(), _inputs.ToEquatableArray(), _samples.ToEquatableArray());

    /// <summary>Computes a batch's output, and looks at the ReLUs on the way if the batch is the first.</summary>
    /// <returns>As <see cref="GraphExecutor.Forward"/> does.</returns>
    internal Tensor Forward(GraphExecutor network, Tensor inputs)
    {
        if (_begun)
        {
            return network.Forward(inputs);
        }

        _begun = true;
        using var scope = NewDisposeScope();
        var values = graph.Nodes.Where(static n => n is { Op: Relu, Name.Length: > 0 }).DistinctBy(static n => n.Name).ToDictionary(static n => n.Name, Tensor (_) => null!, StringComparer.Ordinal);
        var output = network.Forward(inputs, values);
        _inputs = Moments(inputs);
        _rectifiers = [.. values.Select(static v => Units(v.Key, v.Value)).OfType<RectifierUnits>()];
        return output.MoveToOuterDisposeScope();
    }

    /// <summary>Adds a batch.</summary>
    internal void Add(Batch batch, LoadedBatch loaded, Tensor output)
    {
        if (batch.Task == ModelTask.Regression)
        {
            return;
        }

        using var scope = NewDisposeScope();
        var scores = _form == OutputForm.Logits ? ClassLayout.TwoOrMore(output) : output;
        _classes = (int)scores.shape[1];
        var (truth, predicted) = (loaded.Truth, scores.argmax(1));
        if (batch.Task == ModelTask.Segmentation)
        {
            var counted = truth.ge(0).logical_and(truth.ne(Loss.IgnoredPixel));
            (truth, predicted) = (truth.masked_select(counted), predicted.masked_select(counted));
        }
        else if (_samples.Count == 0 && batch.Dataset.Inputs is not TableInputs)
        {
            AddSamples(batch, scores, predicted);
        }

        _pairs.Add(truth.mul(_classes).add(predicted).bincount(null, (long)_classes * _classes));
    }

    /// <inheritdoc/>
    public void Dispose() => _pairs.Dispose();

    private void AddSamples(Batch batch, Tensor scores, Tensor predicted)
    {
        var count = Math.Min(Samples, batch.Count);
        var probabilities = ClassScores.LogProbabilities(scores, _form).amax([1L]).exp().ToTensorData().Values<float>();
        var classes = predicted.ToTensorData().Values<long>();
        var (data, length) = (batch.Dataset, batch.Dataset.Inputs.SampleLength);
        for (var i = 0; i < count; i++)
        {
            _samples.Add(new(batch.Pixels.Slice(i * length, length).ToArray(), (data.Height, data.Width, data.Channels), (int)batch.Labels[i], (int)classes[i], probabilities[i]));
        }
    }

    // Channels are dimension 1 of images, features the last dimension of everything else.
    private static RectifierUnits? Units(string node, Tensor value)
    {
        if (value.ndim < 2)
        {
            return null;
        }

        var units = value.ndim == 4 ? 1 : value.ndim - 1;
        var others = Enumerable.Range(0, (int)value.ndim).Select(static d => (long)d).Where(d => d != units).ToArray();
        var silent = value.amax(others).le(0).sum().ToInt64();
        return new(node, (int)value.shape[(int)units], (int)silent, value.numel() / value.shape[(int)units]);
    }

    // The variance is that of PyTorch's var(unbiased=False), by way of the squares' mean, in float64.
    private static ChannelMoments[] Moments(Tensor inputs)
    {
        var wide = inputs.to(ScalarType.Float64);
        var others = Enumerable.Range(0, (int)inputs.ndim).Select(static d => (long)d).Where(static d => d != 1).ToArray();
        var means = wide.mean(others).ToTensorData().Values<double>();
        var squares = wide.mul(wide).mean(others).ToTensorData().Values<double>();
        var moments = new ChannelMoments[means.Length];
        for (var c = 0; c < moments.Length; c++)
        {
            moments[c] = new(means[c], Math.Sqrt(Math.Max(0, squares[c] - (means[c] * means[c]))));
        }

        return moments;
    }
}
