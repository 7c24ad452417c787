using Toolchain.Data;
using Toolchain.Serve.Batching;
using Toolchain.Serve.Models;

namespace Toolchain.Serve.Features;

/// <summary>
/// Decodes images straight into the rows that will run, a bounded number at a time. A request has its row before it is decoded and only that
/// row: however slow or broken an image is, it holds up and spoils nothing beside it.
/// </summary>
internal sealed class ImageDecoding(ServeOptions options, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _free = new(options.DecodeThreads);
    private readonly ImageLimits _limits = new() { MaxPixels = options.MaxPixels, MaxBytes = options.MaxBodyBytes };

    /// <summary>Decodes one image.</summary>
    /// <returns>How long decoding took, without waiting for its turn.</returns>
    /// <exception cref="ToolchainException">The body is no image, is damaged, or is too large.</exception>
    public async ValueTask<TimeSpan> DecodeAsync(ReadOnlyMemory<byte> encoded, RowLease lease, ImageInput image, CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // Whoever waits no longer, or must not, need not be decoded; the owner drops the request.
            if (lease.IsExpired)
            {
                return TimeSpan.Zero;
            }

            var started = time.GetTimestamp();
            ImageDecoder.Decode(encoded.Span, lease.Input(0), image.Channels, image.Height, image.Width, _limits);
            return time.GetElapsedTime(started);
        }
        finally
        {
            _free.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _free.Dispose();
}
