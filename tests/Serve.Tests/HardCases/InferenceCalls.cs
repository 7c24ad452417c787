using System.Runtime.InteropServices;
using Toolchain.Serve.Tests.Grpc;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests.HardCases;

/// <summary>Calls of the inference service with messages that are written by hand, right or not.</summary>
internal sealed class InferenceCalls(Uri url) : IDisposable
{
    private readonly GrpcClient _client = new(url.ToString());

    /// <summary>A request for rows of four numbers of the model «echo», as bytes beside the tensor.</summary>
    public static byte[] EchoRequest(params float[] rows) =>
    [
        .. ProtoBytes.Field(1, "echo"),
        .. ProtoBytes.Field(5, [.. ProtoBytes.Field(1, "input"), .. ProtoBytes.Field(2, "FP32"), .. ProtoBytes.Field(3, [.. ProtoBytes.Varint((ulong)rows.Length / 4), 4])]),
        .. ProtoBytes.Field(7, Bodies.Raw(rows)),
    ];

    /// <summary>The same, as packed numbers in the tensor.</summary>
    public static byte[] TypedRequest(params float[] rows) =>
    [
        .. ProtoBytes.Field(1, "echo"),
        .. ProtoBytes.Field(5, [.. ProtoBytes.Field(1, "input"), .. ProtoBytes.Field(2, "FP32"), .. ProtoBytes.Field(3, [.. ProtoBytes.Varint((ulong)rows.Length / 4), 4]), .. ProtoBytes.Field(5, ProtoBytes.Field(6, Bodies.Raw(rows)))]),
    ];

    /// <summary>Calls a method with a message.</summary>
    public Task<GrpcReply> CallAsync(string method, byte[] message) => SendAsync(method, GrpcClient.Frame(message));

    /// <summary>Sends any bytes to a method.</summary>
    public Task<GrpcReply> SendAsync(string method, byte[] body) => _client.SendAsync($"/inference.GRPCInferenceService/{method}", body);

    /// <summary>Asks for rows of «echo», and gives those that come back.</summary>
    public async Task<float[]> EchoAsync(byte[] request)
    {
        var reply = await CallAsync("ModelInfer", request);
        Assert.True(reply.Status == 0, reply.ToString());
        return MemoryMarshal.Cast<byte, float>(ProtoBytes.Read(reply.Messages.Single().Bytes).Single(static f => f.Field == 6).Bytes).ToArray();
    }

    public void Dispose() => _client.Dispose();
}
