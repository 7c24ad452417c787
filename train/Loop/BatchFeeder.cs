using System.Runtime.InteropServices;
using Toolchain.Data;
using Toolchain.Graphs;
using Toolchain.Train.Execution;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Toolchain.Train.Loop;

/// <summary>A batch on the device; the dispose scope that it was loaded in owns the tensors.</summary>
/// <param name="Inputs"><c>float32 [N, C, H, W]</c>, normalised, and mixed where the batch says so.</param>
/// <param name="Targets">
/// What the loss compares with: <c>int64 [N]</c> classes, <c>float32 [N, K]</c> shares of classes where the batch is mixed, <c>int64 [N, H, W]</c> masks, or
/// <c>float32 [N, V]</c> values.
/// </param>
/// <param name="Truth">The targets before mixing: what accuracy counts.</param>
public readonly record struct LoadedBatch(Tensor Inputs, Tensor Targets, Tensor Truth);

/// <summary>
/// Moves batches of samples to the device and normalises them there: v·a[c] + b[c] in float32, the very form that the exported graph
/// holds (<see cref="Preprocessing"/>). Disposing frees the two constants.
/// </summary>
public sealed class BatchFeeder : IDisposable
{
    private readonly Device _device;
    private readonly ComputeMode _mode;
    private readonly Tensor _scale;
    private readonly Tensor _offset;

    /// <summary>A feeder for one device.</summary>
    public BatchFeeder(Preprocessing preprocessing, Device device, ComputeMode mode)
    {
        (Preprocessing, _device, _mode) = (preprocessing, device, mode);
        using var scope = NewDisposeScope();
        _scale = PerValue(preprocessing.Scale).DetachFromDisposeScope();
        _offset = PerValue(preprocessing.Offset).DetachFromDisposeScope();
    }

    /// <summary>How samples become inputs.</summary>
    public Preprocessing Preprocessing { get; }

    /// <summary>The network's input and the targets of a batch.</summary>
    public LoadedBatch Load(Batch batch)
    {
        var inputs = batch.Dataset.Inputs is TableInputs ? Load(batch.Numbers, batch.Count) : Load((ReadOnlySpan<byte>)batch.Pixels, batch.Count);
        var truth = Truth(batch);
        return batch.Mix is { } mix
            ? new(Mixed(inputs, mix), MixedShares(truth, mix, batch.Dataset.OutputNames.Length), truth)
            : new(inputs, truth, truth);
    }

    /// <summary>The network's input for decoded images.</summary>
    /// <param name="pixels"><c>uint8 [N, H, W, C]</c>.</param>
    /// <param name="count">N.</param>
    /// <returns><c>float32 [N, C, H, W]</c>; the current dispose scope owns it.</returns>
    public Tensor Load(ReadOnlySpan<byte> pixels, int count) => Normalised(Copied(pixels, ScalarType.Byte, InputShape(count)).to(ScalarType.Float32));

    /// <summary>The network's input for rows of a table.</summary>
    /// <param name="numbers"><c>float32 [N, 1, 1, C]</c>.</param>
    /// <param name="count">N.</param>
    /// <returns><c>float32 [N, C, 1, 1]</c>; the current dispose scope owns it.</returns>
    public Tensor Load(ReadOnlySpan<float> numbers, int count) => Normalised(Copied(numbers, ScalarType.Float32, InputShape(count)));

    /// <summary>Frees the constants.</summary>
    public void Dispose()
    {
        _scale.Dispose();
        _offset.Dispose();
    }

    private Tensor Truth(Batch batch) => batch.Task switch
    {
        ModelTask.Classification => Copied((ReadOnlySpan<long>)batch.Labels, ScalarType.Int64, [batch.Count]),
        ModelTask.Segmentation => Copied((ReadOnlySpan<long>)batch.Labels, ScalarType.Int64, [batch.Count, batch.Dataset.Height, batch.Dataset.Width]),
        ModelTask.Regression => Copied((ReadOnlySpan<float>)batch.Values, ScalarType.Float32, [batch.Count, batch.Dataset.OutputNames.Length]),
        var other => throw new InvalidOperationException($"Unknown task {other}."),
    };

    private Tensor Mixed(Tensor inputs, BatchMix mix)
    {
        var partners = inputs.index_select(0, Partners(mix));
        if (mix.Box is not { } box)
        {
            return _mode.Arrange(inputs.mul(mix.Lambda).add(partners, 1 - mix.Lambda));
        }

        if (box.Area > 0)
        {
            Inside(inputs, box).copy_(Inside(partners, box));
        }

        return inputs;
    }

    private Tensor MixedShares(Tensor truth, BatchMix mix, int classes)
    {
        var shares = F.one_hot(truth, classes).to(ScalarType.Float32);
        return shares.mul(mix.Lambda).add(shares.index_select(0, Partners(mix)), 1 - mix.Lambda);
    }

    private Tensor Partners(BatchMix mix) => Copied((ReadOnlySpan<long>)Array.ConvertAll(mix.Partners, static p => (long)p), ScalarType.Int64, [mix.Partners.Length]);

    private static Tensor Inside(Tensor images, MixBox box) => images.narrow(2, box.Top, box.Bottom - box.Top).narrow(3, box.Left, box.Right - box.Left);

    // Decoded images have their channels innermost: seen as [N, C, H, W] they are channels_last already.
    private Tensor Normalised(Tensor values)
    {
        var rows = values.view(values.shape[0], Preprocessing.Height, Preprocessing.Width * Preprocessing.Channels);
        var images = rows.mul_(_scale).add_(_offset).view(values.shape).permute(0, 3, 1, 2);
        return _mode.Layout == MemoryLayout.ChannelsLast ? images : images.contiguous();
    }

    private long[] InputShape(int count) => [count, Preprocessing.Height, Preprocessing.Width, Preprocessing.Channels];

    private Tensor Copied<T>(ReadOnlySpan<T> values, ScalarType type, long[] shape) where T : unmanaged
    {
        var tensor = empty(shape, dtype: type);
        MemoryMarshal.AsBytes(values).CopyTo(tensor.bytes);
        return OnDevice(tensor);
    }

    // One for every value of a row of pixels: libtorch takes long rows at once, but the three channels of a pixel one pixel at a time.
    private Tensor PerValue(Func<int, float> ofChannel) =>
        TensorData.Of<float>(Enumerable.Range(0, Preprocessing.Width * Preprocessing.Channels).Select(i => ofChannel(i % Preprocessing.Channels)).ToArray()).ToTensor().to(_device);

    // Page-locked memory lets the copy to a GPU run beside the previous step.
    private Tensor OnDevice(Tensor tensor) => _device.type == DeviceType.CUDA ? tensor.pin_memory().to(_device, false, false, true) : tensor;
}
