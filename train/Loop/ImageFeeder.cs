using Toolchain.Data;
using Toolchain.Graphs;
using Toolchain.Train.Execution;
using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Loop;

/// <summary>
/// Moves batches of decoded images to the device and normalises them there: v·a[c] + b[c] in float32, the very form that the exported graph
/// holds (<see cref="Preprocessing"/>). Disposing frees the two constants.
/// </summary>
public sealed class ImageFeeder : IDisposable
{
    private readonly Device _device;
    private readonly ComputeMode _mode;
    private readonly Tensor _scale;
    private readonly Tensor _offset;

    /// <summary>A feeder for one device.</summary>
    public ImageFeeder(Preprocessing preprocessing, Device device, ComputeMode mode)
    {
        (Preprocessing, _device, _mode) = (preprocessing, device, mode);
        using var scope = NewDisposeScope();
        _scale = PerChannel(preprocessing.Scale).DetachFromDisposeScope();
        _offset = PerChannel(preprocessing.Offset).DetachFromDisposeScope();
    }

    /// <summary>How images become inputs.</summary>
    public Preprocessing Preprocessing { get; }

    /// <summary>The network's input and the labels of a batch.</summary>
    /// <returns><c>float32 [N, C, H, W]</c> and <c>int64 [N]</c> on the device; the current dispose scope owns both.</returns>
    public (Tensor Images, Tensor Labels) Load(Batch batch)
    {
        var labels = empty([batch.Count], dtype: ScalarType.Int64);
        System.Runtime.InteropServices.MemoryMarshal.AsBytes(batch.Labels).CopyTo(labels.bytes);
        return (Load(batch.Pixels, batch.Count), OnDevice(labels));
    }

    /// <summary>The network's input for decoded images.</summary>
    /// <param name="pixels"><c>uint8 [N, H, W, C]</c>.</param>
    /// <param name="count">N.</param>
    public Tensor Load(ReadOnlySpan<byte> pixels, int count)
    {
        var raw = empty([count, Preprocessing.Height, Preprocessing.Width, Preprocessing.Channels], dtype: ScalarType.Byte);
        pixels.CopyTo(raw.bytes);
        var values = OnDevice(raw).to(ScalarType.Float32).mul_(_scale).add_(_offset);

        // Decoded images have their channels innermost: seen as [N, C, H, W] they are channels_last already.
        var images = values.permute(0, 3, 1, 2);
        return _mode.Layout == MemoryLayout.ChannelsLast ? images : images.contiguous();
    }

    /// <summary>Frees the constants.</summary>
    public void Dispose()
    {
        _scale.Dispose();
        _offset.Dispose();
    }

    private Tensor PerChannel(Func<int, float> value) =>
        TensorData.Of<float>(Enumerable.Range(0, Preprocessing.Channels).Select(value).ToArray()).ToTensor().to(_device);

    // Page-locked memory lets the copy to a GPU run beside the previous step.
    private Tensor OnDevice(Tensor tensor) => _device.type == DeviceType.CUDA ? tensor.pin_memory().to(_device, false, false, true) : tensor;
}
