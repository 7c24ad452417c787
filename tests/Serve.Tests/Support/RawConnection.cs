using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Toolchain.Serve.Tests.Support;

/// <summary>A connection on which anything can be sent, HTTP or not, and on which answers are read as they come.</summary>
internal sealed class RawConnection : IDisposable
{
    private readonly Socket _socket;
    private readonly byte[] _buffer = new byte[64 << 10];
    private int _start;
    private int _end;

    private RawConnection(Socket socket) => _socket = socket;

    /// <summary>How long it waits for the server; a minute unless somebody sets it.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Connects.</summary>
    /// <param name="url">The server.</param>
    /// <param name="receiveBuffer">Bytes that the system takes for a client that does not read; the system's choice when null.</param>
    public static async Task<RawConnection> OpenAsync(Uri url, int? receiveBuffer = null)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBuffer is { } bytes)
        {
            socket.ReceiveBufferSize = bytes;
        }

        await socket.ConnectAsync(url.Host, url.Port);
        return new(socket);
    }

    /// <summary>A request with its length.</summary>
    public static byte[] Post(string path, ReadOnlySpan<byte> body, params IEnumerable<string> headers) =>
        [.. Head($"POST {path} HTTP/1.1", [string.Create(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}"), .. headers]), .. body];

    /// <summary>The head of a request: its first line, the host, other headers, and the empty line.</summary>
    public static byte[] Head(string line, params IEnumerable<string> headers) => Encoding.Latin1.GetBytes($"{line}\r\nHost: test\r\n{string.Concat(headers.Select(static h => h + "\r\n"))}\r\n");

    /// <summary>Sends bytes.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await _socket.SendAsync(bytes, patience.Token)..];
        }
    }

    /// <summary>Sends text, a byte for each character.</summary>
    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>Sends, and reads the answer.</summary>
    public async Task<Answer> AskAsync(ReadOnlyMemory<byte> request)
    {
        await SendAsync(request);
        return await ReadAnswerAsync();
    }

    /// <summary>Reads an answer; also one that only says to go on.</summary>
    /// <param name="hasBody">Whether a body follows; not after HEAD.</param>
    public async Task<Answer> ReadAnswerAsync(bool hasBody = true)
    {
        var lines = new List<string>();
        while (await ReadLineAsync() is { Length: > 0 } line)
        {
            lines.Add(line);
        }

        Assert.StartsWith("HTTP/1.1 ", lines[0], StringComparison.Ordinal);
        var status = (HttpStatusCode)int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture);
        var headers = lines.Skip(1).Select(static l => l.Split(':', 2)).GroupBy(static l => l[0], StringComparer.OrdinalIgnoreCase)
            .ToDictionary(static g => g.Key, static g => string.Join(",", g.Select(static l => l[1].Trim())), StringComparer.OrdinalIgnoreCase);
        var body = status == HttpStatusCode.Continue || !hasBody ? [] : await ReadBodyAsync(headers);
        return new(status, body, headers);
    }

    /// <summary>Sends, and reads the answer; null when the server gives none, because it ends the connection or waits for more.</summary>
    public async Task<Answer?> TryAskAsync(ReadOnlyMemory<byte> request)
    {
        try
        {
            return await AskAsync(request);
        }
        catch (Exception nothing) when (nothing is EndOfStreamException or OperationCanceledException or SocketException)
        {
            return null;
        }
    }

    /// <summary>Whether the server ends the connection without another byte.</summary>
    public async Task<bool> EndsAsync()
    {
        try
        {
            return _start == _end && await FillAsync() == 0;
        }
        catch (SocketException reset) when (reset.SocketErrorCode == SocketError.ConnectionReset)
        {
            return true;
        }
    }

    /// <summary>Reads bytes, as a client that speaks something else.</summary>
    public async Task<byte[]> ReadAsync(int count)
    {
        var bytes = new byte[count];
        for (var i = 0; i < count; i++)
        {
            bytes[i] = await ReadByteAsync();
        }

        return bytes;
    }

    /// <summary>Breaks the connection off, as a client that crashes.</summary>
    public void Reset()
    {
        _socket.LingerState = new(enable: true, seconds: 0);
        _socket.Dispose();
    }

    public void Dispose() => _socket.Dispose();

    private async Task<byte[]> ReadBodyAsync(Dictionary<string, string> headers)
    {
        if (headers.TryGetValue("Content-Length", out var length))
        {
            return await ReadAsync(int.Parse(length, CultureInfo.InvariantCulture));
        }

        var body = new List<byte>();
        if (headers.ContainsKey("Transfer-Encoding"))
        {
            while (int.Parse(await ReadLineAsync(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) is var chunk and > 0)
            {
                body.AddRange(await ReadAsync(chunk));
                await ReadLineAsync();
            }

            await ReadLineAsync();
            return [.. body];
        }

        while (_start < _end || await FillAsync() > 0)
        {
            body.Add(_buffer[_start++]);
        }

        return [.. body];
    }

    private async Task<string> ReadLineAsync()
    {
        var line = new StringBuilder();
        while (await ReadByteAsync() is var next && next != '\n')
        {
            line.Append((char)next);
        }

        return line.ToString().TrimEnd('\r');
    }

    private async ValueTask<byte> ReadByteAsync()
    {
        if (_start == _end && await FillAsync() == 0)
        {
            throw new EndOfStreamException("The server ended the connection in the middle of an answer.");
        }

        return _buffer[_start++];
    }

    private async Task<int> FillAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        (_start, _end) = (0, await _socket.ReceiveAsync(_buffer, patience.Token));
        return _end;
    }
}
