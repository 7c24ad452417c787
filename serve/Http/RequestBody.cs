using System.Buffers;

namespace Toolchain.Serve.Http;

/// <summary>A request's body in pooled memory. The caller disposes it, after the last use of its bytes.</summary>
internal sealed class RequestBody : IDisposable
{
    private const int FirstGuess = 64 << 10;
    private readonly ByteBudget _budget;
    private byte[] _buffer;
    private long _taken;
    private int _length;

    private RequestBody(ByteBudget budget, int capacity) => (_budget, _taken, _buffer) = (budget, capacity, ArrayPool<byte>.Shared.Rent(capacity));

    /// <summary>The bytes.</summary>
    public ReadOnlyMemory<byte> Bytes => _buffer.AsMemory(0, _length);

    /// <summary>Reads a whole body. Its bytes count against the budget from before they are read until it is disposed.</summary>
    /// <returns>Null when the budget is used up.</returns>
    /// <exception cref="BadHttpRequestException">The body is larger than the server's limit, comes too slowly, or is malformed.</exception>
    /// <exception cref="RequestException">The body is compressed (415).</exception>
    public static async ValueTask<RequestBody?> ReadAsync(HttpRequest request, ByteBudget budget, CancellationToken cancellationToken)
    {
        RefuseEncoded(request);
        var capacity = request.ContentLength is { } length ? checked((int)length) : FirstGuess;
        if (!budget.TryTake(capacity))
        {
            return null;
        }

        var body = new RequestBody(budget, capacity);
        try
        {
            while (await body.ReadMoreAsync(request, cancellationToken).ConfigureAwait(false))
            {
                if (!body.TryGrow())
                {
                    body.Dispose();
                    return null;
                }
            }

            return body;
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
            _budget.Return(_taken);
        }
    }

    // True when the room is used up and there may be more.
    private async ValueTask<bool> ReadMoreAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        while (_length < _taken)
        {
            var read = await request.Body.ReadAsync(_buffer.AsMemory(_length, (int)_taken - _length), cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                return false;
            }

            _length += read;
        }

        return request.ContentLength is null;
    }

    private bool TryGrow()
    {
        if (!_budget.TryTake(_taken))
        {
            return false;
        }

        _taken *= 2;
        var larger = ArrayPool<byte>.Shared.Rent(checked((int)_taken));
        Bytes.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
        return true;
    }

    private static void RefuseEncoded(HttpRequest request)
    {
        if (request.Headers.ContentEncoding is { Count: > 0 } encoding && !encoding.ToString().Equals("identity", StringComparison.OrdinalIgnoreCase))
        {
            request.HttpContext.Response.Headers.AcceptEncoding = "identity";
            throw new RequestException(StatusCodes.Status415UnsupportedMediaType, $"Content-Encoding '{encoding}' is not taken. Send the body uncompressed.");
        }
    }
}
