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
/// <param name="batches">How many batches there will be.</param>
public sealed class ValidationWatch(Graph graph, int batches) : IDisposable
{
    private const int ShownSamples = 16;
    private const int ShownMasks = 4;

    // Samples often lie class by class, so the batches that are looked into are spread evenly over all of them.
    private const int LookedInto = 8;

    private readonly OutputForm _form = OutputForms.Of(graph);
    private readonly RectifierWatch _rectifiers = new(graph);
    private readonly DeviceSum _pairs = new();
    private readonly DeviceSum _moments = new();
    private readonly List<PredictedSample> _samples = [];
    private readonly List<PredictedMask> _masks = [];
    private int _batch;
    private long _inputValues;
    private int _classes;

    /// <summary>What has been seen so far.</summary>
    public ValidationView View => new(
        _classes == 0 ? null : new(_classes, _pairs.Values.Select(static v => (long)v).ToEquatableArray()),
        _rectifiers.Units.ToEquatableArray(),
        Moments(),
        _samples.ToEquatableArray())
    {
        Masks = _masks.ToEquatableArray(),
    };

    private int Stride => (batches + LookedInto - 1) / LookedInto;

    private bool IsLookedInto => _batch % Stride == 0;

    /// <inheritdoc/>
    public void Dispose()
    {
        _rectifiers.Dispose();
        _pairs.Dispose();
        _moments.Dispose();
    }

    /// <summary>Computes a batch's output.</summary>
    /// <returns>As <see cref="GraphExecutor.Forward"/> does.</returns>
    internal Tensor Forward(GraphExecutor network, Tensor inputs)
    {
        if (!IsLookedInto)
        {
            return network.Forward(inputs);
        }

        AddMoments(inputs);
        return _rectifiers.Forward(network, inputs);
    }

    /// <summary>Adds a batch's predictions, and ends the batch.</summary>
    internal void Add(Batch batch, LoadedBatch loaded, Tensor output)
    {
        if (batch.Task != ModelTask.Regression)
        {
            AddClasses(batch, loaded, output);
        }

        _batch++;
    }

    private void AddClasses(Batch batch, LoadedBatch loaded, Tensor output)
    {
        using var scope = NewDisposeScope();
        var scores = _form == OutputForm.Logits ? ClassLayout.TwoOrMore(output) : output;
        _classes = (int)scores.shape[1];
        var (truth, predicted) = (loaded.Truth, scores.argmax(1));
        if (IsLookedInto && batch.Dataset.Inputs is not TableInputs)
        {
            AddSamples(batch, scores, predicted);
        }

        if (batch.Task == ModelTask.Segmentation)
        {
            var counted = truth.ge(0).logical_and(truth.ne(Loss.IgnoredPixel));
            (truth, predicted) = (truth.masked_select(counted), predicted.masked_select(counted));
        }

        _pairs.Add(truth.mul(_classes).add(predicted).bincount(null, (long)_classes * _classes));
    }

    private void AddSamples(Batch batch, Tensor scores, Tensor predicted)
    {
        var share = Math.Max(1, ShownSamples * Stride / batches);
        var count = Math.Min(batch.Task == ModelTask.Segmentation ? Math.Min(share, ShownMasks - _masks.Count) : share, batch.Count);
        if (count <= 0)
        {
            return;
        }

        var classes = predicted.narrow(0, 0, count).ToTensorData().Values<long>();
        var probabilities = batch.Task == ModelTask.Classification ? ClassScores.LogProbabilities(scores, _form).amax([1L]).exp().ToTensorData().Values<float>() : [];
        var (data, length, places) = (batch.Dataset, batch.Dataset.Inputs.SampleLength, classes.Length / count);
        var size = (data.Height, data.Width, data.Channels);
        for (var i = 0; i < count; i++)
        {
            var pixels = batch.Pixels.Slice(i * length, length).ToArray();
            if (batch.Task == ModelTask.Segmentation)
            {
                _masks.Add(new(pixels, size, batch.Labels.Slice(i * places, places).ToArray(), classes.Slice(i * places, places).ToArray()));
            }
            else
            {
                _samples.Add(new(pixels, size, (int)batch.Labels[i], (int)classes[i], probabilities[i]));
            }
        }
    }

    // A channel's sum and its sum of squares, in float64.
    private void AddMoments(Tensor inputs)
    {
        using var scope = NewDisposeScope();
        var wide = inputs.to(ScalarType.Float64);
        long[] others = [.. Enumerable.Range(0, (int)inputs.ndim).Where(static d => d != 1).Select(static d => (long)d)];
        _moments.Add(stack([wide.sum(others), wide.mul(wide).sum(others)], 0));
        _inputValues += inputs.numel() / inputs.shape[1];
    }

    private EquatableArray<ChannelMoments> Moments()
    {
        var sums = _moments.Values;
        var channels = sums.Length / 2;
        return Enumerable.Range(0, channels).Select(c =>
        {
            var mean = sums[c] / _inputValues;
            return new ChannelMoments(mean, Math.Sqrt(Math.Max(0, (sums[channels + c] / _inputValues) - (mean * mean))));
        }).ToEquatableArray();
    }
}
