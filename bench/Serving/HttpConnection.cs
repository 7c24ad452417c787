using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Toolchain.Bench.Serving;

/// <summary>
/// One HTTP/1.1 connection that stays open, on a socket that blocks: a request costs the client two system calls, so that what is measured is the
/// server. One request at a time.
/// </summary>
internal sealed class HttpConnection : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly Socket _socket;
    private byte[] _buffer = new byte[64 << 10];
    private int _bodyStart;
    private int _end;

    /// <summary>Connects; to this machine only.</summary>
    public HttpConnection(Uri server)
    {
        if (!server.IsLoopback)
        {
            throw new ArgumentException($"{server} is another machine; load is for this one only.", nameof(server));
        }

        _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = (int)Patience.TotalMilliseconds };
        _socket.Connect(IPAddress.Loopback, server.Port);
    }

    /// <summary>The body of the last response.</summary>
    public ReadOnlySpan<byte> Body => _buffer.AsSpan(_bodyStart, _end - _bodyStart);

    /// <summary>A request that can be sent again and again.</summary>
    /// <param name="path">Path and query.</param>
    /// <param name="type">The body's content type.</param>
    /// <param name="body">The body.</param>
    /// <param name="headers">Further lines, each with its end.</param>
    public static byte[] Post(string path, string type, ReadOnlySpan<byte> body, string headers = "") =>
        [.. Encoding.ASCII.GetBytes($"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {type}\r\nContent-Length: {body.Length}\r\n{headers}\r\n"), .. body];

    /// <summary>Sends a request and reads the whole response.</summary>
    /// <returns>The status.</returns>
    public int Send(ReadOnlySpan<byte> request)
    {
        while (request.Length > 0)
        {
            request = request[_socket.Send(request)..];
        }

        _end = 0;
        int head;
        while ((head = _buffer.AsSpan(0, _end).IndexOf("\r\n\r\n"u8)) < 0)
        {
            Receive();
        }

        _bodyStart = head + 4;
        var length = Length(_buffer.AsSpan(0, _bodyStart));
        while (length is { } known ? _end < _bodyStart + known : !Body.EndsWith("0\r\n\r\n"u8))
        {
            Receive();
        }

        return int.Parse(_buffer.AsSpan("HTTP/1.1 ".Length, 3), NumberStyles.None, CultureInfo.InvariantCulture);
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private void Receive()
    {
        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, 2 * _buffer.Length);
        }

        var received = _socket.Receive(_buffer.AsSpan(_end));
        _end += received > 0 ? received : throw new IOException("The server closed the connection before it answered.");
    }

    // The body's length; null when it comes in chunks.
    private static int? Length(ReadOnlySpan<byte> head)
    {
        foreach (var range in head.Split("\r\n"u8))
        {
            var line = head[range];
            var colon = line.IndexOf((byte)':');
            if (colon > 0 && Ascii.EqualsIgnoreCase(line[..colon], "content-length"u8))
            {
                return int.Parse(line[(colon + 1)..].Trim((byte)' '), NumberStyles.None, CultureInfo.InvariantCulture);
            }
        }

        return null;
    }
}
