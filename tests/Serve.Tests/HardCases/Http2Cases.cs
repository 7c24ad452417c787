using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using Toolchain.Serve.Tests.Grpc;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests.HardCases;

/// <summary>HTTP/2 that is meant to exhaust a server (RFC 9113, section 10.5): other connections notice nothing.</summary>
public sealed class Http2Cases
{
    private const byte Data = 0, Headers = 1, Reset = 3, Settings = 4, Ping = 6, Continuation = 9;
    private const byte EndStream = 1, EndHeaders = 4;

    private static readonly byte[] Start = [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. Frame(Settings, 0, 0, [])];

    // Literal fields without indexing (RFC 7541, section 6.2.2).
    private static readonly byte[] Call =
    [
        .. Literal(":method", "POST"), .. Literal(":scheme", "http"), .. Literal(":path", "/inference.GRPCInferenceService/ModelInfer"), .. Literal(":authority", "x"), .. Literal("content-type", "application/grpc"), .. Literal("te", "trailers"),
    ];

    private static readonly Dictionary<string, Func<byte[]>> Floods = new(StringComparer.Ordinal)
    {
        ["streams that are opened and reset"] = static () => Many(2000, static i => [.. Frame(Headers, EndHeaders, Stream(i), Call), .. Frame(Reset, 0, Stream(i), [0, 0, 0, 8])]),
        ["streams that are opened and left"] = static () => Many(1000, static i => Frame(Headers, EndHeaders, Stream(i), Call)),
        ["messages that never end"] = static () => Many(90, static i => [.. Frame(Headers, EndHeaders, Stream(i), Call), .. Frame(Data, 0, Stream(i), [0, 0, 0, 255, 255, 1])]),
        ["pings"] = static () => Many(20_000, static _ => Frame(Ping, 0, 0, new byte[8])),
        ["settings"] = static () => Many(20_000, static _ => Frame(Settings, 0, 0, [])),
        ["headers that go on and on"] = static () => [.. Frame(Headers, 0, 1, Call), .. Many(2000, static _ => Frame(Continuation, 0, 1, Literal("x-long", new string('x', 100))))],
        ["empty continuations"] = static () => [.. Frame(Headers, 0, 1, Call), .. Many(50_000, static _ => Frame(Continuation, 0, 1, []))],
        ["a header of the table, again and again"] = static () => Many(50, static i => Frame(Headers, EndHeaders, Stream(i), [.. Call, 0x40, .. Literal("x-big", new string('x', 120))[1..], .. Enumerable.Repeat((byte)0xbe, 4000)])),
        ["answers that are never read"] = static () => [.. Frame(Settings, 0, 0, [0, 4, 0, 0, 0, 0]), .. Many(95, static i => [.. Frame(Headers, EndHeaders, Stream(i), Call), .. Frame(Data, EndStream, Stream(i), GrpcClient.Frame(InferenceCalls.EchoRequest(1, 2, 3, 4)))])],
        ["data without a stream"] = static () => Many(1000, static i => Frame(Data, 0, Stream(i), new byte[100])),
        ["frames of the wrong size"] = static () => [.. Frame(Settings, 0, 0, new byte[5]), .. Frame(Ping, 0, 0, new byte[3])],
        ["a frame of 16 MB"] = static () => [0xff, 0xff, 0xff, Headers, EndHeaders, 0, 0, 0, 1, .. new byte[100_000]],
    };

    [Fact]
    public async Task Floods_are_borne_or_cut_off()
    {
        using var registry = new TestRegistry();
        registry.Publish("echo", TestModels.Echo());
        await using var server = await HardServer.StartAsync(registry, "--grpc-url", "http://127.0.0.1:0");
        using var calls = new InferenceCalls(server.Grpc!);
        await calls.EchoAsync(InferenceCalls.EchoRequest(1, 2, 3, 4));
        await FloodAsync(server, calls);
        var before = server.Usage;
        await FloodAsync(server, calls);

        // What the first ones left behind, the second ones use again.
        Assert.InRange(server.Usage.ResidentBytes, 0, before.ResidentBytes + (60 << 20));
        await server.AssertUnharmedAsync();
        await server.EndsWellAsync();
    }

    private static async Task FloodAsync(HardServer server, InferenceCalls calls)
    {
        foreach (var (what, flood) in Floods)
        {
            var attackers = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => RawConnection.OpenAsync(server.Grpc!)));
            var attacks = attackers.Select(attacker => AttackAsync(attacker, flood())).ToList();
            for (var i = 0; i < 10; i++)
            {
                Assert.True((await calls.EchoAsync(InferenceCalls.EchoRequest(1, 2, 3, i))) is [1, 2, 3, var last] && last == i, what);
            }

            Array.ForEach(attackers, static attacker => attacker.Reset());
            await Task.WhenAll(attacks);
        }
    }

    private static async Task AttackAsync(RawConnection attacker, byte[] flood)
    {
        try
        {
            await attacker.SendAsync(Start);
            await attacker.SendAsync(flood);
        }
        catch (Exception end) when (end is SocketException or ObjectDisposedException)
        {
            // Cut off, or over.
        }
    }

    private static byte[] Many(int count, Func<int, byte[]> frame) => [.. Enumerable.Range(0, count).SelectMany(frame)];

    // Streams of clients have odd numbers.
    private static int Stream(int i) => (2 * i) + 1;

    private static byte[] Frame(byte type, byte flags, int stream, byte[] content)
    {
        var frame = new byte[9 + content.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, content.Length << 8);
        (frame[3], frame[4]) = (type, flags);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        content.CopyTo(frame, 9);
        return frame;
    }

    private static byte[] Literal(string name, string value) => [0, (byte)name.Length, .. Encoding.ASCII.GetBytes(name), (byte)value.Length, .. Encoding.ASCII.GetBytes(value)];
}
