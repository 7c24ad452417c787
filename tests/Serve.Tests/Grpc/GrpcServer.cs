using Google.Protobuf;
using Toolchain.Graphs;
using Toolchain.Serve.Grpc.Messages;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests.Grpc;

/// <summary>A server with a gRPC address, and a client of it.</summary>
internal sealed class GrpcServer : IAsyncDisposable
{
    private GrpcServer(TestRegistry registry, RunningServer server) => (Registry, Server, Client) = (registry, server, new(server.Application.GrpcUrl!));

    public TestRegistry Registry { get; }

    public RunningServer Server { get; }

    public GrpcClient Client { get; }

    /// <summary>Serves one model.</summary>
    public static Task<GrpcServer> StartAsync(string name, Graph model, params (string Key, string Value)[] settings) => StartAsync(registry => registry.Publish(name, model), settings);

    /// <summary>Serves whatever is published.</summary>
    public static async Task<GrpcServer> StartAsync(Action<TestRegistry> publish, params (string Key, string Value)[] settings)
    {
        var registry = new TestRegistry();
        publish(registry);
        return new(registry, await RunningServer.StartAsync(registry, [("GrpcUrl", "http://127.0.0.1:0"), .. settings]));
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Server.DisposeAsync();
        Registry.Dispose();
    }
}

/// <summary>Requests.</summary>
internal static class Requests
{
    /// <summary>A request with raw tensors, one for each input.</summary>
    public static ModelInferRequest Raw(string model, params (string Name, string Datatype, long[] Shape, byte[] Bytes)[] inputs)
    {
        var request = new ModelInferRequest { ModelName = model };
        foreach (var (name, datatype, shape, bytes) in inputs)
        {
            request.Inputs.Add(new ModelInferRequest.Types.InferInputTensor { Name = name, Datatype = datatype, Shape = { shape } });
            request.RawInputContents.Add(ByteString.CopyFrom(bytes));
        }

        return request;
    }

    /// <summary>Rows of the model that gives back what it gets.</summary>
    public static ModelInferRequest Rows(params float[] values) => Raw("echo", ("input", "FP32", [values.Length / 4, 4], Bodies.Raw(values)));

    /// <summary>Typed values.</summary>
    public static ModelInferRequest Typed(string model, string datatype, long[] shape, InferTensorContents contents) => new()
    {
        ModelName = model,
        Inputs = { new ModelInferRequest.Types.InferInputTensor { Name = "input", Datatype = datatype, Shape = { shape }, Contents = contents } },
    };

    /// <summary>The values of the first output.</summary>
    public static float[] Values(this ModelInferResponse response) => System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(response.RawOutputContents[0].Span).ToArray();
}

/// <summary>One server of one model that gives back what it gets, for tests that leave it as it is.</summary>
public sealed class GrpcEcho : IAsyncLifetime
{
    internal GrpcServer Server { get; private set; } = null!;

    internal GrpcClient Client => Server.Client;

    public async ValueTask InitializeAsync() => Server = await GrpcServer.StartAsync("echo", TestModels.Echo());

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
