using System.Buffers.Binary;
using Toolchain.Serve.Tests.Grpc;
using Toolchain.Serve.Tests.HardCases.Fuzzing;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests.HardCases;

/// <summary>Messages and frames that no client of gRPC would send.</summary>
public sealed class GrpcCases
{
    private const int InvalidArgument = 3;
    private const int NotFound = 5;

    private static readonly int Tries = Rounds.Of("FUZZ_ROUNDS", 600);

    // OK, CANCELLED, INVALID_ARGUMENT, NOT_FOUND, RESOURCE_EXHAUSTED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE.
    private static readonly int[] Documented = [0, 1, InvalidArgument, NotFound, 8, 12, 13, 14];

    private static readonly (string What, byte[] Message)[] Wrong =
    [
        ("nothing", []),
        ("an unknown model", ProtoBytes.Field(1, "other")),
        ("a name that leaves the folder", ProtoBytes.Field(1, "../echo")),
        ("a name that is not UTF-8", ProtoBytes.Field(1, [0xff, 0xfe])),
        ("a varint without an end", [8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        ("a length beyond the message", [10, 100, 1]),
        ("a length of 2^63", [10, .. ProtoBytes.Varint(1UL << 63)]),
        ("a group", [11, 12]),
        ("an unknown wire type", [14]),
        ("field zero", [0, 0]),
        ("a number for text", ProtoBytes.Number(1, 5)),
        ("an input's number for a message", [.. ProtoBytes.Field(1, "echo"), .. ProtoBytes.Number(5, 5)]),
        ("dimensions that overflow", Shaped([.. ProtoBytes.Varint(1UL << 62), .. ProtoBytes.Varint(1UL << 62)])),
        ("dimensions below zero", Shaped([.. ProtoBytes.Varint(ulong.MaxValue), 4])),
        ("a dimension cut off", Shaped([1, 0x84])),
        ("a thousand dimensions", Shaped([.. Enumerable.Repeat((byte)1, 1000)])),
        ("no tensor", Shaped([1, 4], raw: [])),
        ("fewer bytes", Shaped([1, 4], raw: ProtoBytes.Field(7, new byte[15]))),
        ("more bytes", Shaped([1, 4], raw: ProtoBytes.Field(7, new byte[17]))),
        ("more tensors than inputs", Shaped([1, 4], raw: [.. ProtoBytes.Field(7, new byte[16]), .. ProtoBytes.Field(7, new byte[16])])),
        ("both forms at once", [.. InferenceCalls.TypedRequest(1, 2, 3, 4), .. ProtoBytes.Field(7, new byte[16])]),
        ("an input twice", [.. InferenceCalls.EchoRequest(1, 2, 3, 4), .. InferenceCalls.EchoRequest(1, 2, 3, 4)]),
        ("another type", [.. ProtoBytes.Field(1, "echo"), .. ProtoBytes.Field(5, [.. ProtoBytes.Field(1, "input"), .. ProtoBytes.Field(2, "INT64"), .. ProtoBytes.Field(3, [1, 4])]), .. ProtoBytes.Field(7, new byte[32])]),
        ("a hundred thousand outputs", [.. InferenceCalls.EchoRequest(1, 2, 3, 4), .. Enumerable.Repeat(ProtoBytes.Field(6, ProtoBytes.Field(1, "logits")), 100_000).SelectMany(static f => f)]),
        ("a hundred thousand inputs", [.. ProtoBytes.Field(1, "echo"), .. Enumerable.Repeat(ProtoBytes.Field(5, []), 100_000).SelectMany(static f => f)]),
    ];

    [Fact]
    public async Task Messages_that_are_wrong_or_nearly_right_are_refused_and_harm_nobody()
    {
        using var registry = new TestRegistry();
        registry.Publish("echo", TestModels.Echo());
        await using var server = await HardServer.StartAsync(registry, "--grpc-url", "http://127.0.0.1:0");
        using var calls = new InferenceCalls(server.Grpc!);
        foreach (var (what, message) in Wrong)
        {
            var outcome = await calls.CallAsync("ModelInfer", message);
            Assert.True(outcome is { Status: InvalidArgument or NotFound, Error.Length: > 10 and < 2000 }, $"{what}: {outcome}");
            Assert.Equal((float[])[1, 2, 3, 4], await calls.EchoAsync(InferenceCalls.EchoRequest(1, 2, 3, 4)));
        }

        foreach (var (seed, valid) in new[] { InferenceCalls.EchoRequest(1, 2, 3, 4), InferenceCalls.TypedRequest(1, 2, 3, 4) }.Index())
        {
            for (var round = 0; round < Tries; round += 20)
            {
                Assert.All(await Task.WhenAll(Enumerable.Range(round, 20).Select(i =>
                {
                    var random = new SeededRandom(seed, i);
                    return calls.CallAsync("ModelInfer", Mutations.Of(valid, Mutations.ProtoWords, ref random));
                })), AssertDocumented);
            }
        }

        await server.AssertUnharmedAsync();
        await server.EndsWellAsync();
    }

    [Fact]
    public async Task Prefixes_that_lie_are_refused()
    {
        using var registry = new TestRegistry();
        registry.Publish("echo", TestModels.Echo());
        await using var server = await HardServer.StartAsync(registry, "--grpc-url", "http://127.0.0.1:0", "--max-body-bytes", "1000000");
        using var calls = new InferenceCalls(server.Grpc!);
        var right = GrpcClient.Frame(InferenceCalls.EchoRequest(1, 2, 3, 4));
        var long32 = right.ToArray();
        BinaryPrimitives.WriteUInt32BigEndian(long32.AsSpan(1), uint.MaxValue);
        var longer = right.ToArray();
        BinaryPrimitives.WriteInt32BigEndian(longer.AsSpan(1), right.Length);
        byte[][] bodies = [[], right[..3], right[..^1], longer, long32, [.. right, .. right], [.. right, 0], [1, .. right[1..]], [7, .. right[1..]], GrpcClient.Frame(new byte[1_000_001])];

        foreach (var body in bodies)
        {
            var outcome = await calls.SendAsync("ModelInfer", body);
            Assert.NotEqual(0, outcome.Status);
            AssertDocumented(outcome);
        }

        foreach (var method in new[] { "Explode", "modelinfer", "../ModelInfer", "" })
        {
            Assert.Equal(12, (await calls.SendAsync(method, right)).Status);
        }

        await server.AssertUnharmedAsync();
        await server.EndsWellAsync();
    }

    private static void AssertDocumented(GrpcReply outcome)
    {
        Assert.Contains(outcome.Status, Documented);
        Assert.DoesNotContain("   at ", outcome.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("defect", outcome.Error, StringComparison.Ordinal);
        Assert.True(outcome.Status == 0 || outcome.Error.Length is > 10 and < 2000, outcome.ToString());
    }

    private static byte[] Shaped(byte[] shape, byte[]? raw = null) =>
    [
        .. ProtoBytes.Field(1, "echo"),
        .. ProtoBytes.Field(5, [.. ProtoBytes.Field(1, "input"), .. ProtoBytes.Field(2, "FP32"), .. ProtoBytes.Field(3, shape)]),
        .. raw ?? ProtoBytes.Field(7, new byte[16]),
    ];
}
