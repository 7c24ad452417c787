using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using Toolchain.Serve.Grpc.Messages;
using Toolchain.Serve.Http;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests.Grpc;

public sealed class GrpcCompressionTests
{
    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public async Task Messages_are_compressed_both_ways_when_the_client_does_so(string encoding)
    {
        await using var server = await GrpcServer.StartAsync("echo", TestModels.Echo(4096));
        var request = Requests.Raw("echo", ("input", "FP32", [2, 4096], Bodies.Raw([.. Enumerable.Range(0, 8192).Select(static i => (float)(i / 100))])));

        var reply = await server.Client.SendAsync(GrpcClient.Infer, GrpcClient.Frame(Codings.Compress(encoding, request.ToByteArray()), compressed: true), ("grpc-encoding", encoding));

        Assert.Equal((0, encoding), (reply.Status, reply.Headers["grpc-encoding"]));
        var (compressed, bytes) = Assert.Single(reply.Messages);
        Assert.True(compressed && bytes.Length < 8192, $"{bytes.Length} bytes");
        Assert.Equal(request.RawInputContents[0], ModelInferResponse.Parser.ParseFrom(Codings.Decompress(encoding, bytes)).RawOutputContents[0]);
        Assert.Equal(0, server.Server.Application.Services.GetRequiredService<ByteBudget>().Used);
    }

    [Fact]
    public async Task A_message_of_a_compressing_client_may_be_plain()
    {
        await using var server = await GrpcServer.StartAsync("echo", TestModels.Echo());

        var reply = await server.Client.CallAsync("ModelInfer", Requests.Rows(1, 2, 3, 4), ("grpc-encoding", "gzip"));

        Assert.Equal(0, reply.Status);
        Assert.Equal([1, 2, 3, 4], ModelInferResponse.Parser.ParseFrom(Codings.Decompress("gzip", reply.Messages[0].Bytes)).Values());
        Assert.Equal("identity", (await server.Client.CallAsync("ModelInfer", Requests.Rows(1, 2, 3, 4), ("grpc-encoding", "identity"))).Headers.GetValueOrDefault("grpc-encoding", "identity"));
    }

    [Fact]
    public async Task What_cannot_be_decompressed_is_refused()
    {
        await using var server = await GrpcServer.StartAsync("echo", TestModels.Echo(), ("MaxBodyBytes", "1000000"));
        var message = Codings.Compress("gzip", Requests.Rows(1, 2, 3, 4).ToByteArray());

        var unknown = await server.Client.SendAsync(GrpcClient.Infer, GrpcClient.Frame(message, compressed: true), ("grpc-encoding", "snappy"));
        var cut = await server.Client.SendAsync(GrpcClient.Infer, GrpcClient.Frame(message[..^10], compressed: true), ("grpc-encoding", "gzip"));
        var damaged = await server.Client.SendAsync(GrpcClient.Infer, GrpcClient.Frame([.. message[..12], 0xff, 0xff, 0xff, 0xff], compressed: true), ("grpc-encoding", "gzip"));
        var bomb = await server.Client.SendAsync(GrpcClient.Infer, GrpcClient.Frame(Codings.Compress("gzip", new byte[50_000_000]), compressed: true), ("grpc-encoding", "gzip"));

        Assert.Equal((12, "identity,gzip,deflate"), (unknown.Status, unknown.Headers["grpc-accept-encoding"]));
        Assert.Contains("'snappy'", unknown.Error, StringComparison.Ordinal);
        Assert.All([cut, damaged], static reply => Assert.Equal((3, true), (reply.Status, reply.Error.Contains("cannot be decompressed (gzip)", StringComparison.Ordinal))));
        Assert.Equal((8, true), (bomb.Status, bomb.Error.Contains("larger than 1000000 bytes", StringComparison.Ordinal)));
        Assert.Equal(0, server.Server.Application.Services.GetRequiredService<ByteBudget>().Used);
    }

    [Fact]
    public async Task A_message_may_be_as_large_as_the_limit_and_no_larger()
    {
        await using var server = await GrpcServer.StartAsync("echo", TestModels.Echo(), ("MaxBodyBytes", "100000"));
        byte[] Padded(int size)
        {
            var request = Requests.Rows(1, 2, 3, 4);
            request.Id = new('x', size);
            request.Id = new('x', size - (request.CalculateSize() - size));
            return request.ToByteArray();
        }

        Assert.Equal(100_000, Padded(100_000).Length);
        foreach (var encoding in new[] { "identity", "gzip" })
        {
            async Task<int> StatusOf(byte[] message) =>
                (await server.Client.SendAsync(GrpcClient.Infer, encoding == "gzip" ? GrpcClient.Frame(Codings.Compress(encoding, message), compressed: true) : GrpcClient.Frame(message), ("grpc-encoding", encoding))).Status;

            Assert.Equal(0, await StatusOf(Padded(100_000)));
            Assert.Equal(8, await StatusOf(Padded(100_001)));
        }
    }
}
