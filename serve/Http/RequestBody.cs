using System.Buffers;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace Toolchain.Serve.Http;

/// <summary>A request's body in pooled memory, as it was before it was compressed. The caller disposes it, after the last use of its bytes.</summary>
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

    /// <summary>
    /// Reads a whole body. Its bytes count against the budget from before they are read until it is disposed; what a compressed one becomes is
    /// read no further than the server's limit for bodies, on threads for long work.
    /// </summary>
    /// <returns>Null when the budget is used up.</returns>
    /// <exception cref="BadHttpRequestException">The body is larger than the server's limit, comes too slowly, or is malformed.</exception>
    /// <exception cref="RequestException">It is coded in a way that is not known (501), is damaged (400), or becomes larger than the limit (413).</exception>
    public static async ValueTask<RequestBody?> ReadAsync(HttpRequest request, ByteBudget budget, LongWork threads, CancellationToken cancellationToken)
    {
        RefuseTransferCodings(request);
        var decoded = ContentCoding.Decode(request, threads);
        var known = decoded is null ? request.ContentLength : null;
        var limit = LimitOf(request);
        if (decoded is null && !(known <= limit))
        {
            TakeOverLimit(request);
            if (known is not null)
            {
                throw RequestException.TooLarge(limit);
            }
        }

        var capacity = checked((int)(known ?? FirstGuess));
        if (!budget.TryTake(capacity))
        {
            return null;
        }

        var body = new RequestBody(budget, capacity);
        try
        {
            if (decoded is null ? await body.ReadAsync(request.Body, known is not null, limit, cancellationToken).ConfigureAwait(false)
                : await body.DecodeAsync(decoded, request, limit, cancellationToken).ConfigureAwait(false))
            {
                return body;
            }
        }
        catch (IOException broken) when (broken is not BadHttpRequestException)
        {
            // A size of a chunk that is none, or a connection that broke off; nobody may be there to be answered.
            body.Dispose();
            if (broken is ConnectionResetException)
            {
                // Kestrel takes the read that failed for one that is still under way, and would complain when it reads what is left of the body.
                request.HttpContext.Abort();
            }

            throw RequestException.Bad($"The body cannot be read: {broken.Message}", broken);
        }
        catch
        {
            body.Dispose();
            throw;
        }

        body.Dispose();
        return null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_taken >= 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _budget.Return(_taken);
            (_buffer, _length, _taken) = ([], 0, -1);
        }
    }

    // The web server undoes the chunks and no coding beneath them (RFC 9112, section 6.1): the body would be taken for something that it is not.
    private static void RefuseTransferCodings(HttpRequest request)
    {
        if (request.ContentLength is null && request.Headers.TransferEncoding is { Count: > 0 } codings && !codings.ToString().Equals("chunked", StringComparison.OrdinalIgnoreCase))
        {
            throw RequestException.Unsupported($"Transfer-Encoding '{codings}' is not taken. Send the body in chunks alone, compressed with Content-Encoding if at all.");
        }
    }

    private static long LimitOf(HttpRequest request) => request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize ?? Array.MaxLength;

    // Kestrel ends the connection of a body that is larger than its own limit, and the response is often lost with it. Without one it reads what is
    // left after the response, for some seconds at most; the limit itself is kept here.
    private static void TakeOverLimit(HttpRequest request)
    {
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature)
        {
            feature.MaxRequestBodySize = null;
        }
    }

    private async ValueTask<bool> DecodeAsync(Stream decoded, HttpRequest request, long limit, CancellationToken cancellationToken)
    {
        await using (decoded.ConfigureAwait(false))
        {
            try
            {
                return await ReadAsync(decoded, false, limit, cancellationToken).ConfigureAwait(false);
            }
            catch (InvalidDataException damage)
            {
                throw RequestException.Bad($"The body is not what its Content-Encoding '{request.Headers.ContentEncoding}' says, or it is cut short: {damage.Message}", damage);
            }
        }
    }

    // False when the budget is used up. A stream whose length is known is not asked for more than that.
    private async ValueTask<bool> ReadAsync(Stream source, bool isLengthKnown, long limit, CancellationToken cancellationToken)
    {
        while (true)
        {
            while (_length < _taken)
            {
                var read = await source.ReadAsync(_buffer.AsMemory(_length, (int)_taken - _length), cancellationToken).ConfigureAwait(false);
                if (read == 0)
                {
                    return true;
                }

                _length += read;
                if (_length > limit)
                {
                    throw RequestException.TooLarge(limit);
                }
            }

            if (isLengthKnown)
            {
                return true;
            }

            if (!TryGrow())
            {
                return false;
            }
        }
    }

    private bool TryGrow()
    {
        var more = Math.Min(_taken, Array.MaxLength - _taken);
        if (more == 0)
        {
            throw RequestException.TooLarge(Array.MaxLength);
        }

        if (!_budget.TryTake(more))
        {
            return false;
        }

        _taken += more;
        var larger = ArrayPool<byte>.Shared.Rent((int)_taken);
        Bytes.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
        return true;
    }
}
