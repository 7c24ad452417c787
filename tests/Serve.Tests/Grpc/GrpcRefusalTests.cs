using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using Toolchain.Serve.Grpc.Messages;
using Toolchain.Serve.Http;
using Toolchain.Serve.Tests.Support;
using static Toolchain.Serve.Grpc.Messages.ModelInferRequest.Types;

namespace Toolchain.Serve.Tests.Grpc;

/// <summary>One server, every way of being wrong.</summary>
public sealed class GrpcRefusalTests(GrpcEcho echo) : IClassFixture<GrpcEcho>
{
    private const int InvalidArgument = 3, NotFound = 5, ResourceExhausted = 8, Unimplemented = 12, Internal = 13;

    private static readonly Dictionary<string, (Action<ModelInferRequest> Change, int Status, string Message)> Wrong = new()
    {
        ["unknown model"] = (static r => r.ModelName = "other", NotFound, "Request for unknown model: 'other' is not found"),
        ["unknown version"] = (static r => r.ModelVersion = "7", NotFound, "Request for unknown model: 'echo' version 7 is not found"),
        ["no model"] = (static r => r.ModelName = "", NotFound, "Request for unknown model"),
        ["another type"] = (static r => r.Inputs[0].Datatype = "FP64", InvalidArgument, "inference input 'input' data-type is 'FP64', but model 'echo' expects 'FP32'"),
        ["another shape"] = (static r => r.Inputs[0].Shape[1] = 5, InvalidArgument, "unexpected shape for input 'input' for model 'echo'. Expected [-1,4], got [1,5]"),
        ["a negative dimension"] = (static r => r.Inputs[0].Shape[0] = -1, InvalidArgument, "unexpected shape"),
        ["as many rows as there are numbers"] = (static r => r.Inputs[0].Shape[0] = long.MaxValue, InvalidArgument, "'echo'"),
        ["17 dimensions"] = (static r => r.Inputs[0].Shape.AddRange(Enumerable.Repeat(1L, 15)), InvalidArgument, "more than 16 dimensions"),
        ["another input"] = (static r => r.Inputs[0].Name = "pixels", InvalidArgument, "unexpected inference input 'pixels' for model 'echo'"),
        ["no inputs"] = (static r => Clear(r), InvalidArgument, "expected 1 inputs but got 0 inputs for model 'echo'"),
        ["an input twice"] = (static r => Add(r, r.Inputs[0].Clone()), InvalidArgument, "input 'input' already exists in request"),
        ["too few bytes"] = (static r => r.RawInputContents[0] = ByteString.CopyFrom(new byte[12]), InvalidArgument, "Expected 16, got 12"),
        ["too many tensors"] = (static r => r.RawInputContents.Add(ByteString.Empty), InvalidArgument, "expected 1 raw_input_contents, one for each input, but got 2 for model 'echo'"),
        ["no values"] = (static r => r.RawInputContents.Clear(), InvalidArgument, "Expected 16, got 0"),
        ["both forms"] = (static r => r.Inputs[0].Contents = new() { Fp32Contents = { 1 } }, InvalidArgument, "contents field must not be specified when using raw_input_contents for 'input' for model 'echo'"),
        ["too few typed values"] = (static r => Type(r, new() { Fp32Contents = { 1, 2, 3 } }), InvalidArgument, "Expected 16, got 12"),
        ["another field"] = (static r => Type(r, new() { IntContents = { 1, 2, 3, 4 } }), InvalidArgument, "input 'input' has int_contents, but its datatype FP32 is carried by fp32_contents"),
        ["half precision, typed"] = (static r => Type(r, new() { Fp32Contents = { 1 } }, "FP16"), InvalidArgument, "input 'input' is FP16, which only raw_input_contents can carry"),
        ["a value that does not fit"] = (static r => Type(r, new() { IntContents = { 1, 300, 3, 4 } }, "INT8"), InvalidArgument, "element 1 of input 'input' is 300, which is not a value of type INT8"),
        ["a value below"] = (static r => Type(r, new() { IntContents = { -32769 } }, "INT16"), InvalidArgument, "element 0 of input 'input' is -32769"),
        ["an unsigned value that does not fit"] = (static r => Type(r, new() { UintContents = { 256 } }, "UINT8"), InvalidArgument, "element 0 of input 'input' is 256"),
        ["text for numbers"] = (static r => Type(r, new() { BytesContents = { ByteString.CopyFromUtf8("x") } }, "BYTES"), InvalidArgument, "data-type is 'BYTES', but model 'echo' expects 'FP32'"),
        ["another output"] = (static r => r.Outputs.Add(new InferRequestedOutputTensor { Name = "other" }), InvalidArgument, "unexpected inference output 'other' for model 'echo'"),
        ["an output twice"] = (static r => r.Outputs.AddRange([new() { Name = "logits" }, new() { Name = "logits" }]), InvalidArgument, "output 'logits' is requested more than once"),
        ["too many outputs"] = (static r => r.Outputs.AddRange(Enumerable.Range(0, 65).Select(static i => new InferRequestedOutputTensor { Name = $"o{i}" })), InvalidArgument, "more than 64 outputs"),
        ["no classes"] = (static r => r.Outputs.Add(new InferRequestedOutputTensor { Name = "logits", Parameters = { ["classification"] = new() { Int64Param = 0 } } }), InvalidArgument, "classification"),
        ["a sequence"] = (static r => r.Parameters["sequence_id"] = new() { Int64Param = 1 }, Unimplemented, "'sequence_id' is not supported"),
        ["a reserved parameter"] = (static r => r.Parameters["triton_x"] = new() { Int64Param = 1 }, InvalidArgument, "'triton_x' is reserved"),
        ["a timeout that is none"] = (static r => r.Parameters["timeout"] = new() { StringParam = "soon" }, InvalidArgument, "Expected timeout to be a whole number"),
        ["a timeout below zero"] = (static r => r.Parameters["timeout"] = new() { Int64Param = -1 }, InvalidArgument, "found -1"),
        ["a fraction of a priority"] = (static r => r.Parameters["priority"] = new() { DoubleParam = 0.5 }, InvalidArgument, "Expected priority"),
        ["shared memory"] = (static r => r.Inputs[0].Parameters["shared_memory_region"] = new() { StringParam = "r" }, Unimplemented, "Shared memory is not supported"),
        ["a name that is longer than any header"] = (static r => r.ModelName = new('x', 100_000), NotFound, "Request for unknown model: 'xxx"),
        ["a name in other letters"] = (static r => r.ModelName = "mo%d\nèl😀", NotFound, "Request for unknown model: 'mo%d\nèl😀'"),
    };

    private static readonly Dictionary<string, (byte[] Message, string Error)> Malformed = new()
    {
        ["a tag that is cut off"] = ([0x80], "an integer is cut off"),
        ["an integer of eleven bytes"] = ([.. Enumerable.Repeat((byte)0xff, 11)], "an integer has more than 10 bytes"),
        ["field zero"] = ([0, 0], "0 is not a field number"),
        ["a field beyond the greatest"] = ([0x80, 0x80, 0x80, 0x80, 0x10, 0], "is not a field number"),
        ["a length beyond the message"] = ([10, 100, 1], "100 bytes are announced, and 1 are left"),
        ["a length of 2^63"] = ([10, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1], "bytes are announced"),
        ["a number for text"] = ([8, 5], "expected wire type 2, found 0"),
        ["a group"] = ([0x7b, 0x7c], "wire type 3 is not used by the protocol"),
        ["wire type 7"] = ([0x7f], "wire type 7 is not used by the protocol"),
        ["text that is not UTF-8"] = ([10, 2, 0xff, 0xfe], "not valid UTF-8"),
        ["a number for an input"] = ([40, 1], "expected wire type 2, found 0"),
        ["an input that is cut off"] = ([42, 3, 10, 5, 65], "in InferInputTensor, field 1: 5 bytes are announced, and 1 are left"),
        ["dimensions that are cut off"] = ([42, 3, 26, 1, 0x80], "in shape: an integer is cut off"),
        ["a parameter's wrong value"] = ([34, 8, 10, 1, 65, 18, 3, 10, 1, 1], "in InferParameter, field 1: expected wire type 0, found 2"),
        ["an unknown field that is cut off"] = ([0x9a, 0x06, 9, 1], "9 bytes are announced, and 1 are left"),
        ["four bytes that are two"] = ([0x9d, 0x06, 1, 2], "expected 4 bytes, and 2 are left"),
    };

    public static TheoryData<string> WrongRequests => [.. Wrong.Keys];

    public static TheoryData<string> MalformedMessages => [.. Malformed.Keys];

    [Theory]
    [MemberData(nameof(WrongRequests))]
    public async Task A_wrong_request_is_refused_and_a_right_one_follows(string what)
    {
        var (change, status, message) = Wrong[what];
        var request = Requests.Rows(1, 2, 3, 4);
        change(request);

        var reply = await echo.Client.CallAsync("ModelInfer", request);

        Assert.Equal(status, reply.Status);
        Assert.Contains(message, reply.Error, StringComparison.Ordinal);
        Assert.True(reply.Error.Length <= 1001, "An error must fit the headers that clients take.");
        await AssertUnharmedAsync();
    }

    [Theory]
    [MemberData(nameof(MalformedMessages))]
    public async Task A_malformed_message_is_refused_with_the_place_and_a_right_one_follows(string what)
    {
        var (message, error) = Malformed[what];

        var reply = await echo.Client.SendAsync(GrpcClient.Infer, GrpcClient.Frame(message));

        Assert.Equal(InvalidArgument, reply.Status);
        Assert.Contains(error, reply.Error, StringComparison.Ordinal);
        Assert.Contains("byte ", reply.Error, StringComparison.Ordinal);
        await AssertUnharmedAsync();
    }

    [Fact]
    public async Task A_malformed_message_of_any_other_method_is_refused_too()
    {
        foreach (var method in InferenceReflection.Descriptor.Services[0].Methods.Where(static m => m.Name is not ("ModelInfer" or "ModelStreamInfer")))
        {
            var reply = await echo.Client.SendAsync($"/{method.Service.FullName}/{method.Name}", GrpcClient.Frame([10, 100, 1]));
            Assert.True(reply.Status == InvalidArgument, $"{method.Name}: {reply}");
        }
    }

    [Fact]
    public async Task Frames_that_are_none_are_refused_with_the_statuses_of_grpc()
    {
        var right = GrpcClient.Frame(Requests.Rows(1, 2, 3, 4).ToByteArray());
        var cases = new (byte[] Body, int Status, string Message)[]
        {
            ([], Unimplemented, "the call has none"),
            (right[..3], Internal, "ends within a message"),
            (right[..^1], Internal, "ends within a message"),
            ([.. right, .. right], Unimplemented, "the call has more"),
            ([1, .. right[1..]], Internal, "no header grpc-encoding"),
            ([2, .. right[1..]], Internal, "begins with byte 2"),
            ([0, 0xff, 0xff, 0xff, 0xff, 1], ResourceExhausted, "larger than 67108864 bytes"),
        };
        foreach (var (body, status, message) in cases)
        {
            var reply = await echo.Client.SendAsync(GrpcClient.Infer, body);
            Assert.Equal(status, reply.Status);
            Assert.Contains(message, reply.Error, StringComparison.Ordinal);
        }

        await AssertUnharmedAsync();
    }

    [Theory]
    [InlineData("/inference.GRPCInferenceService/Explode", "There is no method /inference.GRPCInferenceService/Explode")]
    [InlineData("/other.Service/ModelInfer", "There is no method")]
    [InlineData("/", "There is no method")]
    [InlineData("/inference.GRPCInferenceService/SystemSharedMemoryStatus", "SystemSharedMemoryStatus is not supported by this server")]
    [InlineData("/inference.GRPCInferenceService/TraceSetting", "TraceSetting is not supported")]
    public async Task Methods_that_are_not_there_are_unimplemented(string path, string message)
    {
        var reply = await echo.Client.SendAsync(path, GrpcClient.Frame([]));

        Assert.Equal(Unimplemented, reply.Status);
        Assert.Contains(message, reply.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("S")]
    [InlineData("1")]
    [InlineData("1s")]
    [InlineData("-1S")]
    [InlineData("123456789S")]
    [InlineData("1.5S")]
    public async Task A_timeout_that_is_no_duration_is_refused(string timeout)
    {
        var reply = await echo.Client.CallAsync("ModelInfer", Requests.Rows(1, 2, 3, 4), ("grpc-timeout", timeout));

        Assert.Equal(InvalidArgument, reply.Status);
        Assert.Contains($"grpc-timeout is '{timeout}'", reply.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_grpc_call_gets_an_answer_of_http()
    {
        using var old = new HttpRequestMessage(HttpMethod.Post, GrpcClient.Infer) { Content = new ByteArrayContent([0, 0, 0, 0, 0]) { Headers = { ContentType = new("application/grpc") } } };
        var answer = await echo.Server.Server.SendAsync(old);
        Assert.Equal((426, true), ((int)answer.Status, answer.Error.Contains("--grpc-url", StringComparison.Ordinal)));
    }

    private async Task AssertUnharmedAsync()
    {
        Assert.Equal((float[])[1, 2, 3, 4], (await echo.Client.GetAsync<ModelInferResponse>("ModelInfer", Requests.Rows(1, 2, 3, 4))).Values());
        Assert.Equal(0, echo.Server.Server.Application.Services.GetRequiredService<ByteBudget>().Used);
    }

    private static void Clear(ModelInferRequest request)
    {
        request.Inputs.Clear();
        request.RawInputContents.Clear();
    }

    private static void Add(ModelInferRequest request, InferInputTensor input)
    {
        request.Inputs.Add(input);
        request.RawInputContents.Add(request.RawInputContents[0]);
    }

    private static void Type(ModelInferRequest request, InferTensorContents contents, string datatype = "FP32")
    {
        request.RawInputContents.Clear();
        (request.Inputs[0].Contents, request.Inputs[0].Datatype) = (contents, datatype);
    }
}
