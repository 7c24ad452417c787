using Toolchain.Data;
using Toolchain.Serve.Batching;
using Toolchain.Serve.Http;
using Toolchain.Serve.Metrics;
using Toolchain.Serve.Models;
using Toolchain.Serve.Protocol;

namespace Toolchain.Serve.Features;

/// <summary>
/// Decodes images straight into the rows that will run, a bounded number at a time. A request has its rows before it is decoded and only those:
/// however slow or broken an image is, it holds up and spoils nothing beside it.
/// </summary>
internal sealed class ImageDecoding(ServeOptions options, LongWork threads, TimeProvider time) : IDisposable
{
    // A plain image of so few bytes and pixels is decoded sooner than another thread has woken up.
    private const int ShortBytes = 16 << 10;
    private const int ShortPixels = 64 * 64;
    private readonly SemaphoreSlim _free = new(options.DecodeThreads);
    private readonly ImageLimits _limits = new() { MaxPixels = options.MaxPixels, MaxBytes = options.MaxBodyBytes };

    /// <summary>The threads on which images are decoded.</summary>
    public LongWork Threads => threads;

    /// <summary>How long images took to decode, in ticks.</summary>
    public Histogram Durations { get; } = new(MetricBounds.Durations);

    /// <summary>Decodes one image into the only row of a request.</summary>
    /// <returns>How long decoding took, without waiting for its turn.</returns>
    /// <exception cref="ToolchainException">The body is no image, is damaged, or is too large.</exception>
    public ValueTask<TimeSpan> DecodeAsync(ReadOnlyMemory<byte> encoded, RowLease lease, ImageInput image, CancellationToken cancellationToken) =>
        DecodeAsync(encoded, lease, 0, image, cancellationToken);

    /// <summary>Decodes an image for each row of a request, several at the same time.</summary>
    /// <param name="body">The body in which they lie.</param>
    /// <param name="images">Where each is, one for each row.</param>
    /// <param name="lease">The rows.</param>
    /// <param name="image">What the model takes.</param>
    /// <param name="cancellationToken">The client went away.</param>
    /// <returns>How long decoding took from the first to the last.</returns>
    /// <exception cref="ToolchainException">The only image is none, is damaged, or is too large.</exception>
    /// <exception cref="RequestException">One of several is; the message says which (400).</exception>
    public async ValueTask<TimeSpan> DecodeAsync(ReadOnlyMemory<byte> body, BodySlice[] images, RowLease lease, ImageInput image, CancellationToken cancellationToken)
    {
        if (images is [var only])
        {
            return await DecodeAsync(body.Slice(only.Offset, only.Length), lease, 0, image, cancellationToken).ConfigureAwait(false);
        }

        var started = time.GetTimestamp();
        await Parallel.ForAsync(0, images.Length, new ParallelOptions { MaxDegreeOfParallelism = options.DecodeThreads, CancellationToken = cancellationToken }, async (row, cancellation) =>
        {
            try
            {
                await DecodeAsync(body.Slice(images[row].Offset, images[row].Length), lease, row, image, cancellation).ConfigureAwait(false);
            }
            catch (ToolchainException problem)
            {
                throw RequestException.Bad($"Image {row}: {problem.Message}", problem);
            }
        }).ConfigureAwait(false);
        return time.GetElapsedTime(started);
    }

    /// <inheritdoc/>
    public void Dispose() => _free.Dispose();

    private ValueTask<TimeSpan> DecodeAsync(ReadOnlyMemory<byte> encoded, RowLease lease, int row, ImageInput image, CancellationToken cancellationToken) =>
        encoded.Length <= ShortBytes && image.Height * image.Width <= ShortPixels && TryDecodeHere(encoded.Span, lease, row, image) is { } taken
            ? new(taken)
            : DecodeThereAsync(encoded, lease, row, image, cancellationToken);

    private TimeSpan? TryDecodeHere(ReadOnlySpan<byte> encoded, RowLease lease, int row, ImageInput image)
    {
        var started = time.GetTimestamp();
        return ImageDecoder.TryDecodePlain(encoded, Pixels(lease, row, image), image.Channels, image.Height, image.Width, _limits) is null ? null : Observed(started);
    }

    private async ValueTask<TimeSpan> DecodeThereAsync(ReadOnlyMemory<byte> encoded, RowLease lease, int row, ImageInput image, CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await threads.Enter();

            // Whoever waits no longer, or must not, need not be decoded; the owner drops the request.
            if (lease.IsExpired)
            {
                return TimeSpan.Zero;
            }

            var started = time.GetTimestamp();
            ImageDecoder.Decode(encoded.Span, Pixels(lease, row, image), image.Channels, image.Height, image.Width, _limits);
            return Observed(started);
        }
        finally
        {
            _free.Release();
        }
    }

    private TimeSpan Observed(long started)
    {
        var taken = time.GetElapsedTime(started);
        Durations.Observe(taken.Ticks);
        return taken;
    }

    private static Span<byte> Pixels(RowLease lease, int row, ImageInput image)
    {
        var bytes = image.Height * image.Width * image.Channels;
        return lease.Input(0).Slice(row * bytes, bytes);
    }
}
