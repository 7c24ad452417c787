using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using Toolchain.Data;
using Toolchain.Graphs;
using Toolchain.Serve.Grpc.Messages;
using Toolchain.Serve.Http;
using Toolchain.Serve.Protocol;
using Toolchain.Serve.Tests.Support;
using static Toolchain.Serve.Grpc.Messages.ModelInferRequest.Types;

namespace Toolchain.Serve.Tests.Grpc;

public sealed class GrpcInferTests
{
    /// <summary>Four values of each type that typed contents carry, among them the least and the greatest.</summary>
    private static readonly Dictionary<ElementType, (InferTensorContents Contents, byte[] Raw)> TypedValues = new()
    {
        [ElementType.Bool] = (new() { BoolContents = { true, false, true, true } }, [1, 0, 1, 1]),
        [ElementType.UInt8] = (new() { UintContents = { 0, 1, 128, 255 } }, [0, 1, 128, 255]),
        [ElementType.UInt16] = (new() { UintContents = { 0, 1, 300, 65535 } }, Bodies.Raw<ushort>(0, 1, 300, 65535)),
        [ElementType.UInt32] = (new() { UintContents = { 0, 1, 70000, uint.MaxValue } }, Bodies.Raw(0u, 1u, 70000u, uint.MaxValue)),
        [ElementType.UInt64] = (new() { Uint64Contents = { 0, 1, 1UL << 40, ulong.MaxValue } }, Bodies.Raw(0UL, 1UL, 1UL << 40, ulong.MaxValue)),
        [ElementType.Int8] = (new() { IntContents = { 0, -1, -128, 127 } }, Bodies.Raw<sbyte>(0, -1, -128, 127)),
        [ElementType.Int16] = (new() { IntContents = { 0, -1, short.MinValue, short.MaxValue } }, Bodies.Raw<short>(0, -1, short.MinValue, short.MaxValue)),
        [ElementType.Int32] = (new() { IntContents = { 0, -1, int.MinValue, int.MaxValue } }, Bodies.Raw(0, -1, int.MinValue, int.MaxValue)),
        [ElementType.Int64] = (new() { Int64Contents = { 0, -1, long.MinValue, long.MaxValue } }, Bodies.Raw(0, -1, long.MinValue, long.MaxValue)),
        [ElementType.Float32] = (new() { Fp32Contents = { 0, -1.5f, float.MaxValue, float.Epsilon } }, Bodies.Raw(0, -1.5f, float.MaxValue, float.Epsilon)),
        [ElementType.Float64] = (new() { Fp64Contents = { 0, -1.5, double.MaxValue, double.Epsilon } }, Bodies.Raw(0, -1.5, double.MaxValue, double.Epsilon)),
    };

    [Fact]
    public async Task A_raw_tensor_comes_back_raw_with_the_request_s_id_and_the_model_s_version()
    {
        await using var server = await GrpcServer.StartAsync("echo", TestModels.Echo());
        var request = Requests.Rows(1, 2, 3, 4, 5, 6, 7, 8);
        request.Id = "käse";

        var response = await server.Client.GetAsync<ModelInferResponse>("ModelInfer", request);

        Assert.Equal(("echo", "1", "käse"), (response.ModelName, response.ModelVersion, response.Id));
        var output = Assert.Single(response.Outputs);
        Assert.Equal(("logits", "FP32", "2,4"), (output.Name, output.Datatype, string.Join(',', output.Shape)));
        Assert.Null(output.Contents);
        Assert.Single(response.RawOutputContents);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], response.Values());
        Assert.Equal(0, server.Server.Application.Services.GetRequiredService<ByteBudget>().Used);
    }

    [Fact]
    public async Task Typed_contents_of_every_type_are_the_same_as_raw_ones()
    {
        await using var server = await GrpcServer.StartAsync(registry =>
        {
            foreach (var type in TypedValues.Keys)
            {
                registry.Publish(type.Display(), TestModels.Echo(4, type));
            }
        });
        foreach (var (type, (contents, raw)) in TypedValues)
        {
            var typed = await server.Client.GetAsync<ModelInferResponse>("ModelInfer", Requests.Typed(type.Display(), Datatypes.Name(type), [1, 4], contents));
            var binary = await server.Client.GetAsync<ModelInferResponse>("ModelInfer", Requests.Raw(type.Display(), ("input", Datatypes.Name(type), [1, 4], raw)));

            Assert.Equal(raw, typed.RawOutputContents[0].ToByteArray());
            Assert.Equal(raw, binary.RawOutputContents[0].ToByteArray());
            Assert.Equal(Datatypes.Name(type), typed.Outputs[0].Datatype);
        }

        Assert.Equal(0, server.Server.Application.Services.GetRequiredService<ByteBudget>().Used);
    }

    [Fact]
    public async Task Values_one_by_one_or_in_several_packs_are_values_too()
    {
        await using var server = await GrpcServer.StartAsync(registry =>
        {
            registry.Publish("echo", TestModels.Echo());
            registry.Publish("whole", TestModels.Echo(4, ElementType.Int64));
        });
        var floats = Message(contents =>
        {
            contents.WriteTag(6, WireFormat.WireType.Fixed32);
            contents.WriteFloat(1);
            contents.WriteTag(6, WireFormat.WireType.LengthDelimited);
            contents.WriteBytes(ByteString.CopyFrom(Bodies.Raw(2f, 3f)));
            contents.WriteTag(99, WireFormat.WireType.Varint);
            contents.WriteInt32(7);
            contents.WriteTag(6, WireFormat.WireType.LengthDelimited);
            contents.WriteBytes(ByteString.CopyFrom(Bodies.Raw(4f)));
        });
        var whole = Message(contents =>
        {
            foreach (var value in new[] { -1L, 2, 3, 4 })
            {
                contents.WriteTag(3, WireFormat.WireType.Varint);
                contents.WriteInt64(value);
            }
        });

        var first = (await server.Client.SendAsync(GrpcClient.Infer, GrpcClient.Frame(WithContents("echo", "FP32", floats)))).Message<ModelInferResponse>();
        var second = (await server.Client.SendAsync(GrpcClient.Infer, GrpcClient.Frame(WithContents("whole", "INT64", whole)))).Message<ModelInferResponse>();

        Assert.Equal([1, 2, 3, 4], first.Values());
        Assert.Equal(Bodies.Raw(-1L, 2, 3, 4), second.RawOutputContents[0].ToByteArray());
    }

    [Fact]
    public async Task Half_precision_travels_raw_and_inputs_come_in_any_order()
    {
        await using var server = await GrpcServer.StartAsync("pair", TestModels.Pair());
        byte[] right = Bodies.Raw((Half)1, (Half)(-2), (Half)0.5), left = Bodies.Raw(7L, -9L);
        var request = Requests.Raw("pair", ("right", "FP16", [1, 3], right), ("left", "INT64", [1, 2], left));
        request.Outputs.Add(new InferRequestedOutputTensor { Name = "right_out" });
        request.Outputs.Add(new InferRequestedOutputTensor { Name = "left_out", Parameters = { ["binary_data"] = new() { BoolParam = false } } });

        var response = await server.Client.GetAsync<ModelInferResponse>("ModelInfer", request);

        Assert.Equal(["right_out FP16", "left_out INT64"], response.Outputs.Select(static o => $"{o.Name} {o.Datatype}"));
        Assert.Equal(right, response.RawOutputContents[0].ToByteArray());
        Assert.Equal(left, response.RawOutputContents[1].ToByteArray());
    }

    [Fact]
    public async Task Encoded_images_are_pixels_typed_or_raw()
    {
        await using var server = await GrpcServer.StartAsync("fashion", TestModels.Classifier());
        var pixels = Enumerable.Range(0, 3).Select(seed => Images.Noise(28, 28, 1, seed)).ToList();
        var images = pixels.ConvertAll(image => ImageEncoder.Png(image, 28, 28, 1));
        var direct = await server.Client.GetAsync<ModelInferResponse>("ModelInfer", Requests.Raw("fashion", ("pixels", "UINT8", [3, 28, 28, 1], [.. pixels.SelectMany(static p => p)])));
        var typed = new ModelInferRequest
        {
            ModelName = "fashion",
            Inputs = { new InferInputTensor { Name = "pixels", Datatype = "BYTES", Shape = { 3 }, Contents = new() { BytesContents = { images.Select(static i => ByteString.CopyFrom(i)) } } } },
        };
        var raw = Requests.Raw("fashion", ("pixels", "BYTES", [3], [.. images.SelectMany(static i => Bodies.Raw((uint)i.Length).Concat(i))]));

        foreach (var request in new[] { typed, raw })
        {
            var response = await server.Client.GetAsync<ModelInferResponse>("ModelInfer", request);
            Assert.Equal(direct.RawOutputContents[0], response.RawOutputContents[0]);
        }
    }

    [Fact]
    public async Task The_likeliest_classes_are_strings_with_their_labels()
    {
        await using var server = await GrpcServer.StartAsync(static registry => registry.Publish("fashion", TestModels.Classifier(), TestRegistry.TenLabels));
        var pixels = Images.Noise(28, 28, 1, 4);
        var request = Requests.Raw("fashion", ("pixels", "UINT8", [1, 28, 28, 1], pixels));
        var all = (await server.Client.GetAsync<ModelInferResponse>("ModelInfer", request)).Values();
        request.Outputs.Add(new InferRequestedOutputTensor { Name = "probabilities", Parameters = { ["classification"] = new() { Int64Param = 3 } } });

        var response = await server.Client.GetAsync<ModelInferResponse>("ModelInfer", request);

        Assert.Equal(("BYTES", "1,3"), (response.Outputs[0].Datatype, string.Join(',', response.Outputs[0].Shape)));
        var best = all.Index().OrderByDescending(static v => v.Item).First();
        var first = response.RawOutputContents[0].Span;
        var length = System.Buffers.Binary.BinaryPrimitives.ReadInt32LittleEndian(first);
        Assert.Equal(FormattableString.Invariant($"{best.Item:F6}:{best.Index}:{TestRegistry.TenLabels[best.Index]}"), System.Text.Encoding.UTF8.GetString(first.Slice(4, length)));
    }

    [Fact]
    public async Task A_response_says_why_its_batch_was_what_it_was_when_it_is_asked()
    {
        await using var server = await GrpcServer.StartAsync("echo", TestModels.Echo());
        var request = Requests.Rows(1, 2, 3, 4);
        Assert.Empty((await server.Client.GetAsync<ModelInferResponse>("ModelInfer", request)).Parameters);
        request.Parameters["explain"] = new() { BoolParam = true };

        var parameters = (await server.Client.GetAsync<ModelInferResponse>("ModelInfer", request)).Parameters;

        Assert.Equal((1, 1, "idle"), (parameters["batch_size"].Int64Param, parameters["batch_requests"].Int64Param, parameters["batch_closed_by"].StringParam));
        Assert.All(["queue_us", "infer_us"], name => Assert.True(parameters[name].Int64Param >= 0));
    }

    [Fact]
    public async Task Every_client_gets_exactly_its_own_rows()
    {
        await using var server = await GrpcServer.StartAsync("echo", TestModels.Echo(), ("MaxQueueSize", "2000"));

        await Task.WhenAll(Enumerable.Range(0, 200).Select(client => Task.Run(async () =>
        {
            for (var i = 0; i < 5; i++)
            {
                var tags = Enumerable.Range(0, (1 + ((client + i) % 7)) * 4).Select(value => (float)((client * 1000) + (i * 50) + value)).ToArray();
                Assert.Equal(tags, (await server.Client.GetAsync<ModelInferResponse>("ModelInfer", Requests.Rows(tags))).Values());
            }
        })));
        Assert.Equal(0, server.Server.Application.Services.GetRequiredService<ByteBudget>().Used);
    }

    private static byte[] Message(Action<CodedOutputStream> write)
    {
        using var bytes = new MemoryStream();
        using (var output = new CodedOutputStream(bytes, leaveOpen: true))
        {
            write(output);
        }

        return bytes.ToArray();
    }

    private static byte[] WithContents(string model, string datatype, byte[] contents)
    {
        byte[] input = [.. new InferInputTensor { Name = "input", Datatype = datatype, Shape = { 1, 4 } }.ToByteArray(), .. Field(5, contents)];
        return [.. new ModelInferRequest { ModelName = model }.ToByteArray(), .. Field(5, input)];
    }

    private static byte[] Field(int number, byte[] content) => Message(target =>
    {
        target.WriteTag(number, WireFormat.WireType.LengthDelimited);
        target.WriteBytes(ByteString.CopyFrom(content));
    });
}
