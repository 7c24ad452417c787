using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using Toolchain.Graphs;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests;

public sealed class InferTests
{
    private static readonly float[] Values = [0.1f, -3.4028235E+38f, 1.1754944E-38f, 16777216f, 1e-45f, -0f, 0.33333334f, 2.7182817f];

    [Theory]
    [InlineData("[[0.1,-3.4028235E+38,1.1754944E-38,16777216],[1e-45,-0.0,0.33333334,2.7182817]]")]
    [InlineData("[0.1,-3.4028235E+38,1.1754944E-38,16777216,1e-45,-0.0,0.33333334,2.7182817]")]
    public async Task Json_tensors_nested_or_flat_come_back_bit_for_bit(string data)
    {
        using var registry = new TestRegistry();
        registry.Publish("echo", TestModels.Echo());
        await using var server = await RunningServer.StartAsync(registry);

        var answer = await server.PostJsonAsync("/v2/models/echo/infer", $$"""{"id":"é-7","inputs":[{"name":"input","shape":[2,4],"datatype":"FP32","data":{{data}}}]}""");

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(("echo", "1", "é-7"), (answer.Json.GetProperty("model_name").GetString()!, answer.Json.GetProperty("model_version").GetString()!, answer.Json.GetProperty("id").GetString()!));
        Assert.Equal([2, 4], answer.Json.GetProperty("outputs")[0].GetProperty("shape").EnumerateArray().Select(d => d.GetInt32()));
        Assert.Equal(Values.Select(BitConverter.SingleToInt32Bits), answer.Output("logits").Select(BitConverter.SingleToInt32Bits));
    }

    [Theory]
    [InlineData(ElementType.Bool, "true,false", "true,false")]
    [InlineData(ElementType.UInt8, "0,255", "0,255")]
    [InlineData(ElementType.Int8, "-128,127", "-128,127")]
    [InlineData(ElementType.UInt16, "0,65535", "0,65535")]
    [InlineData(ElementType.Int16, "-32768,32767", "-32768,32767")]
    [InlineData(ElementType.UInt32, "0,4294967295", "0,4294967295")]
    [InlineData(ElementType.Int32, "-2147483648,2147483647", "-2147483648,2147483647")]
    [InlineData(ElementType.UInt64, "0,18446744073709551615", "0,18446744073709551615")]
    [InlineData(ElementType.Int64, "-9223372036854775808,9223372036854775807", "-9223372036854775808,9223372036854775807")]
    [InlineData(ElementType.Float64, "0.1,-1.7976931348623157E+308", "0.1,-1.7976931348623157E+308")]
    [InlineData(ElementType.Float32, "\"NaN\",\"-Infinity\"", "\"NaN\",\"-Infinity\"")]
    [InlineData(ElementType.Float64, "\"Infinity\",1", "\"Infinity\",1")]
    [InlineData(ElementType.Float32, "NaN,-Infinity", "\"NaN\",\"-Infinity\"")]
    [InlineData(ElementType.Float64, " Infinity , NaN ", "\"Infinity\",\"NaN\"")]
    public async Task Every_type_that_json_can_carry_keeps_its_extremes(ElementType type, string sent, string received)
    {
        using var registry = new TestRegistry();
        registry.Publish("echo", TestModels.Echo(2, type));
        await using var server = await RunningServer.StartAsync(registry);

        var answer = await server.PostJsonAsync("/v2/models/echo/infer", $$"""{"inputs":[{"name":"input","shape":[1,2],"datatype":"{{Serve.Protocol.Datatypes.Name(type)}}","data":[{{sent}}]}]}""");

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Contains($"\"data\":[{received}]", answer.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"id":null,"parameters":null,"outputs":null,"inputs":[{"name":"input","shape":[1,4],"datatype":"FP32","parameters":null,"data":[1,2,3,4]}]}""", 0)]
    [InlineData("""{"inputs":[{"data":null,"name":"input","shape":[1,4],"datatype":"FP32","parameters":{"binary_data_size":16}}],"outputs":[{"name":"logits","parameters":null}]}""", 16)]
    public async Task Optional_properties_may_be_null_as_the_api_document_has_them(string json, int binary)
    {
        using var registry = new TestRegistry();
        registry.Publish("echo", TestModels.Echo());
        await using var server = await RunningServer.StartAsync(registry);

        var answer = await server.PostBytesAsync("/v2/models/echo/infer", [.. Encoding.UTF8.GetBytes(json), .. Bodies.Raw(1f, 2f, 3f, 4f)[..binary]], jsonLength: Encoding.UTF8.GetByteCount(json));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal([1, 2, 3, 4], answer.Output("logits"));
        Assert.False(answer.Json.TryGetProperty("id", out _));
    }

    [Fact]
    public async Task Binary_tensors_go_both_ways_in_the_order_of_the_json_part()
    {
        using var registry = new TestRegistry();
        registry.Publish("pair", TestModels.Pair());
        await using var server = await RunningServer.StartAsync(registry);
        var right = Bodies.Raw((Half)1, (Half)2.5f, Half.NaN, (Half)(-4), (Half)5, Half.MaxValue);
        var left = Bodies.Raw(1L, -2L, long.MaxValue, long.MinValue);
        var (body, jsonLength) = Bodies.Binary(
            """{"inputs":[{"name":"right","shape":[2,3],"datatype":"FP16","parameters":{"binary_data_size":12}},{"name":"left","shape":[2,2],"datatype":"INT64","parameters":{"binary_data_size":32}}],"outputs":[{"name":"right_out","parameters":{"binary_data":true}},{"name":"left_out"}]}""",
            right, left);

        var answer = await server.PostBytesAsync("/v2/models/pair/versions/1/infer", body, jsonLength: jsonLength);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal("application/octet-stream", answer.Headers["Content-Type"]);
        var length = int.Parse(answer.Headers["Inference-Header-Content-Length"], System.Globalization.CultureInfo.InvariantCulture);
        var json = Encoding.UTF8.GetString(answer.Body, 0, length);
        Assert.Equal(
            """{"model_name":"pair","model_version":"1","outputs":[{"name":"right_out","datatype":"FP16","shape":[2,3],"parameters":{"binary_data_size":12}},{"name":"left_out","datatype":"INT64","shape":[2,2],"data":[1,-2,9223372036854775807,-9223372036854775808]}]}""",
            json);
        Assert.Equal(right, answer.Body[length..]);
    }

    [Fact]
    public async Task The_request_decides_for_all_outputs_and_an_output_for_itself()
    {
        using var registry = new TestRegistry();
        registry.Publish("plain", TestModels.TensorClassifier(size: 2, classes: 3));
        await using var server = await RunningServer.StartAsync(registry);

        var answer = await server.PostJsonAsync("/v2/models/plain/infer", Bodies.Json("input", [1, 1, 2, 2], [1, 2, 3, 4], """,  "parameters":{"binary_data_output":true},"outputs":[{"name":"logits"},{"name":"probabilities","parameters":{"binary_data":false}}]"""));

        var length = int.Parse(answer.Headers["Inference-Header-Content-Length"], System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(length + 12, answer.Body.Length);
        Assert.Contains("\"name\":\"probabilities\",\"datatype\":\"FP32\",\"shape\":[1,3],\"data\":[", Encoding.UTF8.GetString(answer.Body, 0, length), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_raw_body_is_the_one_row_of_the_one_input_and_all_outputs_come_back_raw()
    {
        using var registry = new TestRegistry();
        var version = registry.Publish("fashion", TestModels.Classifier());
        await using var server = await RunningServer.StartAsync(registry);
        var pixels = Images.Noise(28, 28, 1, 3);

        var answer = await server.PostBytesAsync("/v2/models/fashion/infer", pixels, jsonLength: 0);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        var length = int.Parse(answer.Headers["Inference-Header-Content-Length"], System.Globalization.CultureInfo.InvariantCulture);
        var expected = TestRegistry.RunDirectly(version, TensorData.Of<byte>(pixels, 1, 28, 28, 1));
        Assert.Equal([.. expected["probabilities"].Bytes.Span, .. expected["logits"].Bytes.Span], answer.Body[length..]);
    }

    [Theory]
    [InlineData(1, 0f)]
    [InlineData(2, 1e-5f)]
    [InlineData(7, 1e-5f)]
    [InlineData(32, 1e-5f)]
    public async Task What_is_served_is_what_onnx_runtime_gives_in_every_batch_size(int rows, float tolerance)
    {
        using var registry = new TestRegistry();
        var version = registry.Publish("fashion", TestModels.Classifier());
        await using var server = await RunningServer.StartAsync(registry);
        var pixels = Images.Noise(rows * 28, 28, 1, rows);
        var (body, jsonLength) = Bodies.Binary(
            $$$"""{"inputs":[{"name":"pixels","shape":[{{{rows}}},28,28,1],"datatype":"UINT8","parameters":{"binary_data_size":{{{pixels.Length}}}}}],"outputs":[{"name":"logits","parameters":{"binary_data":true}}]}""", pixels);

        var answer = await server.PostBytesAsync("/v2/models/fashion/infer", body, jsonLength: jsonLength);

        var length = int.Parse(answer.Headers["Inference-Header-Content-Length"], System.Globalization.CultureInfo.InvariantCulture);
        var served = MemoryMarshal.Cast<byte, float>(answer.Body.AsSpan(length)).ToArray();
        for (var row = 0; row < rows; row++)
        {
            // Each row alone, whatever batch it was served in.
            var alone = TestRegistry.RunDirectly(version, TensorData.Of<byte>(pixels.AsSpan(row * 784, 784), 1, 28, 28, 1))["logits"].Values<float>().ToArray();
            Assert.All(alone.Zip(served.Skip(row * 10)), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, tolerance));
        }
    }

    [Fact]
    public async Task A_run_that_fails_answers_500_to_its_own_request_only()
    {
        using var registry = new TestRegistry();
        registry.Publish("picky", TestModels.Picky());
        await using var server = await RunningServer.StartAsync(registry, ("MaxQueueDelay", "500"), ("MaxBatchSize", "8"), ("Logging:LogLevel:Toolchain", "Debug"));
        using var log = RecordedLog.Of(server);

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => server.PostJsonAsync(
            "/v2/models/picky/infer", $$"""{"inputs":[{"name":"index","shape":[1,1],"datatype":"INT64","data":[{{(i == 3 ? 99 : i % 3)}}]}]}""")));

        Assert.Equal(HttpStatusCode.InternalServerError, answers[3].Status);
        Assert.StartsWith("Model picky:1 failed on this request. ONNX Runtime could not run the model", answers[3].Error, StringComparison.Ordinal);
        foreach (var i in Enumerable.Range(0, 8).Where(i => i != 3))
        {
            Assert.Equal(HttpStatusCode.OK, answers[i].Status);
            Assert.Equal([i % 3 * 10, (i % 3 * 10) + 1], answers[i].Output("logits"));
        }

        Assert.Contains(log.Events(2001), text => text.StartsWith("Model picky:1 failed on 8 rows", StringComparison.Ordinal));
    }
}
