using System.Net;
using System.Text;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests;

/// <summary>One server, every way of being wrong.</summary>
public sealed class BadInferTests(EchoServer echo) : IClassFixture<EchoServer>
{
    private readonly RunningServer _server = echo.Server;

    public static TheoryData<string, int, string> Wrong => new()
    {
        { "", 400, "not JSON" },
        { "nonsense", 400, "not JSON" },
        { "[]", 400, "Expected the request to be an object, found an array" },
        { "{}", 400, "has no 'inputs'" },
        { """{"inputs":null}""", 400, "Expected inputs to be an array, found null" },
        { """{"inputs":{}}""", 400, "Expected inputs to be an array, found an object" },
        { """{"inputs":[]}""", 400, "expected 1 inputs but got 0 inputs for model 'echo'" },
        { """{"inputs":[1]}""", 400, "Expected an input to be an object, found 1" },
        { """{"inputs":[],"inputs":[]}""", 400, "'inputs' twice" },
        { Input() + "}", 400, "not JSON" },
        { Input()[..^1], 400, "not JSON" },
        { Input(name: "other"), 400, "unexpected inference input 'other' for model 'echo'" },
        { Input(datatype: "FP64"), 400, "inference input 'input' data-type is 'FP64', but model 'echo' expects 'FP32'" },
        { Input(datatype: "fp32"), 400, "data-type is 'fp32'" },
        { Input(shape: "[1,5]"), 400, "unexpected shape for input 'input' for model 'echo'. Expected [-1,4], got [1,5]" },
        { Input(shape: "[4]"), 400, "Expected [-1,4], got [4]" },
        { Input(shape: "[1,4,1]"), 400, "Expected [-1,4], got [1,4,1]" },
        { Input(shape: "[0,4]"), 400, "Expected [-1,4], got [0,4]" },
        { Input(shape: "[-1,4]"), 400, "Expected a dimension to be a whole number from 0 to 2^63 - 1, found -1" },
        { Input(shape: "[1.5,4]"), 400, "found 1.5" },
        { Input(shape: "[9223372036854775807,4]"), 400, "inference request batch-size must be <= 128 for 'echo'" },
        { Input(shape: "[9223372036854775808,4]"), 400, "found 9223372036854775808" },
        { Input(shape: "[129,4]"), 400, "inference request batch-size must be <= 128 for 'echo'" },
        { Input(shape: "[" + string.Join(',', Enumerable.Repeat("1", 17)) + "]"), 400, "more than 16 dimensions" },
        { Input(data: "[1,2,3]"), 400, "Shape does not match true shape of 'data' field: expected 4 values, found 3" },
        { Input(data: "[1,2,3,4,5]"), 400, "expected 4 values, found more" },
        { Input(data: "[[1,2],[3]]"), 400, "differ in length or depth" },
        { Input(data: "[[1,2,3],[4]]"), 400, "differ in length or depth" },
        { Input(data: "[1,[2,3,4]]"), 400, "differ in length or depth" },
        { Input(data: "4"), 400, "expected an array" },
        { Input(data: "[1,2,3,\"4\"]"), 400, "element 3 is '4', which is not a value of type FP32" },
        { Input(data: "[1,2,3,null]"), 400, "element 3 is 'null'" },
        { Input(data: "[1,2,3,{}]"), 400, "element 3 is an object" },
        { Input(data: "[1,2,3,1e39]"), 400, "element 3 is '1e39'" },
        { Input(data: "[1,2,3,-NaN]"), 400, "element 3 is '-NaN'" },
        { Input(data: "[1,2,3,nan]"), 400, "element 3 is 'nan'" },
        { Input(data: "[1,2,3,04]"), 400, "element 3 is '04'" },
        { Input(data: "[1,2,3,4.]"), 400, "element 3 is '4.'" },
        { Input(data: "[1,2,3,.5]"), 400, "element 3 is '.5'" },
        { Input(data: "[1,2,3,+4]"), 400, "element 3 is '+4'" },
        { Input(data: "[1,2,3,4e]"), 400, "element 3 is '4e'" },
        { Input(data: "[1,2,3,0x4]"), 400, "element 3 is '0x4'" },
        { Input(data: "[1,2,3 4]"), 400, "expected ',' or ']' after 3 values, found '4'" },
        { Input(data: "[1,2,3,4,]"), 400, "found more" },
        { Input(data: "[1,2,3,]"), 400, "element 3 is ''" },
        { Input(data: "[,1,2,3]"), 400, "element 0 is ''" },
        { Input(data: "[1,2,3,4"), 400, "not JSON as the protocol has it" },
        { Input(data: "[1,2,3,\"4]"), 400, "the array at byte" },
        { Input(data: new string('[', 65) + "1,2,3,4" + new string(']', 65)), 400, "more than 64 arrays in one another" },
        { Input(data: "[1,2,3,4]", after: ",\"x\":NaN"), 400, "'N' is an invalid start of a value" },
        { Input(extra: ",\"data\":[1,2,3,4]"), 400, "The request has 'data' twice in one object" },
        { Input(extra: ",\"name\":\"input\""), 400, "The request has 'name' twice in one object" },
        { Input(extra: ",\"n\\u0061me\":\"input\""), 400, "The request has 'name' twice in one object" },
        { Input(after: ",\"id\":\"a\",\"id\":\"b\""), 400, "The request has 'id' twice in one object" },
        { Input(datatype: "BYTES"), 400, "data-type is 'BYTES', but model 'echo' expects 'FP32'" },
        { Input(extra: ",\"parameters\":{\"binary_data_size\":16}"), 400, "either 'data' or the parameter 'binary_data_size'" },
        { """{"inputs":[{"name":"input","shape":[1,4],"datatype":"FP32"}]}""", 400, "either 'data' or the parameter" },
        { """{"inputs":[{"name":"input","datatype":"FP32","data":[]}]}""", 400, "needs 'name', 'datatype' and 'shape'" },
        { """{"inputs":[{"name":7,"shape":[1,4],"datatype":"FP32","data":[]}]}""", 400, "Expected an input's name to be a string, found 7" },
        { """{"inputs":[{"name":"input","shape":[1,4],"datatype":"FP32","parameters":{"shared_memory_region":"r"}}]}""", 501, "Shared memory is not supported" },
        { Twice(), 400, "input 'input' already exists in request" },
        { Input(after: ",\"outputs\":[{\"name\":\"other\"}]"), 400, "unexpected inference output 'other' for model 'echo'" },
        { Input(after: ",\"outputs\":[{\"name\":\"logits\"},{\"name\":\"logits\"}]"), 400, "output 'logits' is requested more than once" },
        { Input(after: ",\"outputs\":[{}]"), 400, "An output needs a 'name'" },
        { Input(after: ",\"outputs\":[{\"name\":\"logits\",\"parameters\":{\"classification\":0}}]"), 400, "'classification' is 0" },
        { Input(after: ",\"outputs\":[{\"name\":\"logits\",\"parameters\":{\"classification\":-1}}]"), 400, "Expected classification to be a whole number from 0 to 1000000, found -1" },
        { Input(after: ",\"outputs\":[{\"name\":\"logits\",\"parameters\":{\"classification\":true}}]"), 400, "Expected classification to be a whole number from 0 to 1000000, found true" },
        { Input(after: ",\"outputs\":[{\"name\":\"logits\",\"parameters\":{\"binary_data\":1}}]"), 400, "Expected binary_data to be true or false, found 1" },
        { Input(after: ",\"parameters\":{\"sequence_id\":1}"), 501, "'sequence_id' is not supported" },
        { Input(after: ",\"parameters\":{\"priority\":-2}"), 400, "Expected priority to be a whole number from 0 to 2147483647, found -2" },
        { Input(after: ",\"parameters\":{\"priority\":\"high\"}"), 400, "Expected priority to be a whole number from 0 to 2147483647, found a string" },
        { Input(after: ",\"parameters\":{\"explain\":1}"), 400, "Expected explain to be true or false, found 1" },
        { Input(after: ",\"parameters\":{\"triton_x\":2}"), 400, "'triton_x' is reserved" },
        { Input(after: ",\"parameters\":{\"timeout\":-1}"), 400, "Expected timeout" },
        { Input(after: ",\"id\":7"), 400, "Expected id to be a string, found 7" },
        { Input(after: ",\"x\":" + new string('[', 100) + new string(']', 100)), 400, "not JSON" },
    };

    public static TheoryData<string, int, int, string> WrongBinary => new()
    {
        { Binary(16), -1, 12, "unexpected size for input 'input', expecting 4 additional bytes for model 'echo'" },
        { Binary(16), -1, 0, "expecting 16 additional bytes" },
        { Binary(16), -1, 20, "unexpected additional input data for model 'echo': 4 bytes are left over" },
        { Binary(12), -1, 12, "input byte size mismatch for input 'input' for model 'echo'. Expected 16, got 12" },
        { Binary(long.MaxValue), -1, 16, "Expected 16, got 9223372036854775807" },
        { Binary(16), 100_000, 16, "expected a whole number from 0 to" },
        { Input(), -1, 3, "3 bytes are left over" },
        { "", 0, 15, "input byte size mismatch for input 'input' for model 'echo'. Expected 16, got 15" },
        { "", 0, 32, "Expected 16, got 32" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task A_wrong_json_request_is_refused_and_a_right_one_follows(string body, int status, string message)
    {
        var answer = await _server.PostJsonAsync("/v2/models/echo/infer", body);

        Assert.Equal(status, (int)answer.Status);
        Assert.Contains(message, answer.Error, StringComparison.Ordinal);
        var right = await _server.PostJsonAsync("/v2/models/echo/infer", Input());
        Assert.Equal([1, 2, 3, 4], right.Output("logits"));
    }

    [Theory]
    [MemberData(nameof(WrongBinary))]
    public async Task A_wrong_binary_request_is_refused(string json, int declared, int bytes, string message)
    {
        byte[] body = [.. Encoding.UTF8.GetBytes(json), .. new byte[bytes]];

        var answer = await _server.PostBytesAsync("/v2/models/echo/infer", body, jsonLength: declared < 0 ? json.Length : declared);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains(message, answer.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("99999999999")]
    [InlineData("many")]
    public async Task A_json_length_that_is_no_length_is_refused(string header)
    {
        using var content = new StringContent(Input());
        var answer = await _server.SendAsync(new(HttpMethod.Post, "/v2/models/echo/infer") { Content = content, Headers = { { "Inference-Header-Content-Length", header } } });

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains($"Inference-Header-Content-Length is '{header}'", answer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parameters_that_nobody_here_knows_and_any_content_type_are_taken()
    {
        using var content = new StringContent(Input(after: ",\"parameters\":{\"trace\":\"x\",\"priority\":1,\"timeout\":60000000}"), Encoding.UTF8, "application/x-www-form-urlencoded");
        var answer = await _server.SendAsync(new(HttpMethod.Post, "/v2/models/echo/infer") { Content = content });

        Assert.Equal(HttpStatusCode.OK, answer.Status);
    }

    private static string Input(string name = "input", string datatype = "FP32", string shape = "[1,4]", string data = "[1,2,3,4]", string extra = "", string after = "") =>
        $$"""{"inputs":[{"name":"{{name}}","shape":{{shape}},"datatype":"{{datatype}}"{{extra}},"data":{{data}}}]{{after}}}""";

    private static string Twice()
    {
        const string one = """{"name":"input","shape":[1,4],"datatype":"FP32","data":[1,2,3,4]}""";
        return $$"""{"inputs":[{{one}},{{one}}]}""";
    }

    private static string Binary(long size) => $$$"""{"inputs":[{"name":"input","shape":[1,4],"datatype":"FP32","parameters":{"binary_data_size":{{{size}}}}}]}""";
}

/// <summary>A server of one model that gives back what it gets.</summary>
public sealed class EchoServer : IAsyncLifetime
{
    private readonly TestRegistry _registry = new();

    internal RunningServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _registry.Publish("echo", TestModels.Echo());
        Server = await RunningServer.StartAsync(_registry);
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _registry.Dispose();
    }
}
