namespace Toolchain.Data;

/// <summary>Some images with their labels, in buffers that go back to the loader when the batch is disposed.</summary>
public sealed class Batch : IDisposable
{
    private readonly BatchLoader _loader;
    private BatchBuffers? _buffers;

    internal Batch(BatchLoader loader, BatchBuffers buffers, int count) => (_loader, _buffers, Count) = (loader, buffers, count);

    /// <summary>Number of images; below the batch size only for the last batch of an epoch.</summary>
    public int Count { get; }

    /// <summary>
    /// <c>uint8 [Count, H, W, C]</c> from offset 0. The array is pinned, so native code may read it in place until the batch is disposed;
    /// it is always as long as a full batch.
    /// </summary>
    public byte[] PixelBuffer => Buffers.Pixels;

    /// <summary><see cref="Count"/> class numbers from offset 0, pinned; always as long as a full batch.</summary>
    public long[] LabelBuffer => Buffers.Labels;

    /// <summary><c>uint8 [Count, H, W, C]</c>.</summary>
    public Span<byte> Pixels => PixelBuffer.AsSpan(0, Count * _loader.Dataset.ImageBytes);

    /// <summary>The class number of each image.</summary>
    public Span<long> Labels => LabelBuffer.AsSpan(0, Count);

    private BatchBuffers Buffers => _buffers ?? throw new ObjectDisposedException(nameof(Batch));

    /// <summary>Gives the buffers back; their contents must not be used afterwards.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _buffers, null) is { } buffers)
            _loader.Return(buffers);
    }
}

/// <summary>The memory of one full batch, pinned.</summary>
internal sealed record BatchBuffers(byte[] Pixels, long[] Labels)
{
    public static BatchBuffers Allocate(int images, int imageBytes) => new(
        GC.AllocateUninitializedArray<byte>(checked(images * imageBytes), pinned: true),
        GC.AllocateUninitializedArray<long>(images, pinned: true));
}
