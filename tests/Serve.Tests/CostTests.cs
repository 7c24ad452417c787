using System.Net.Sockets;
using System.Text;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests;

/// <summary>What a request costs when nothing but the server does anything.</summary>
[Collection(nameof(Alone))]
public sealed class CostTests
{
    private const int WarmUp = 2000;
    private const int Requests = 4000;

    /// <summary>Bytes of managed memory per request, of which the client takes none.</summary>
    [Theory]
    [InlineData(false, 2048)]
    [InlineData(true, 3072)]
    public async Task A_request_of_784_bytes_allocates_little(bool isJson, int limit)
    {
        using var registry = new TestRegistry();
        registry.Publish("echo", TestModels.Echo(784, Toolchain.Graphs.ElementType.UInt8));
        await using var server = await RunningServer.StartAsync(registry, ("Tune", "off"));
        var request = isJson ? Json() : Raw();
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

        // A thread of its own and a socket that blocks: nothing else runs, and nothing is allocated here.
        var bytes = await Task.Factory.StartNew(() => Measure(socket, server.Url, request), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        Assert.InRange(bytes, 0, limit);
    }

    private static long Measure(Socket socket, Uri url, byte[] request)
    {
        socket.Connect(url.Host, url.Port);
        var buffer = new byte[64 << 10];
        var length = Ask(socket, request, buffer, 0);
        for (var i = 0; i < WarmUp; i++)
        {
            Ask(socket, request, buffer, length);
        }

        var before = GC.GetTotalAllocatedBytes(precise: true);
        for (var i = 0; i < Requests; i++)
        {
            Ask(socket, request, buffer, length);
        }

        return (GC.GetTotalAllocatedBytes(precise: true) - before) / Requests;
    }

    // Every answer is as long as the first, whose length its header tells.
    private static int Ask(Socket socket, byte[] request, byte[] buffer, int length)
    {
        socket.Send(request);
        var received = 0;
        while (length == 0 || received < length)
        {
            received += socket.Receive(buffer.AsSpan(received));
            if (length == 0 && buffer.AsSpan(0, received).IndexOf("\r\n\r\n"u8) is var end and >= 0)
            {
                var head = Encoding.ASCII.GetString(buffer, 0, end);
                Assert.StartsWith("HTTP/1.1 200", head, StringComparison.Ordinal);
                length = end + 4 + int.Parse(head.Split("Content-Length: ")[1].Split("\r\n")[0], System.Globalization.CultureInfo.InvariantCulture);
            }
        }

        return received;
    }

    private static byte[] Raw() => [.. Encoding.ASCII.GetBytes("POST /v2/models/echo/infer HTTP/1.1\r\nHost: x\r\nInference-Header-Content-Length: 0\r\nContent-Length: 784\r\n\r\n"), .. new byte[784]];

    private static byte[] Json()
    {
        var body = $$"""{"inputs":[{"name":"input","shape":[1,784],"datatype":"UINT8","data":[{{string.Join(',', Enumerable.Range(0, 784).Select(static i => i % 10))}}]}]}""";
        return Encoding.ASCII.GetBytes($"POST /v2/models/echo/infer HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");
    }
}
