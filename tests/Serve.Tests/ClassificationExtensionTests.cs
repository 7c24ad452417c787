using System.Buffers.Binary;
using System.Net;
using System.Text;
using Toolchain.Graphs;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests;

/// <summary>Triton's classification extension: the likeliest classes in place of an output.</summary>
public sealed class ClassificationExtensionTests
{
    private static readonly string[] Labels = ["zero", "eins", "zwöi", "trois"];

    [Fact]
    public async Task The_likeliest_classes_come_as_value_index_and_label()
    {
        using var registry = new TestRegistry();
        registry.Publish("echo", TestModels.Echo(), Labels);
        await using var server = await RunningServer.StartAsync(registry);

        var answer = await server.PostJsonAsync("/v2/models/echo/infer", Bodies.Json("input", [2, 4], [0.5f, -1.25f, 3.3f, 0.5f, 1e-9f, 0, -7, 12345.678f], Asking(2)));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Contains(
            """outputs":[{"name":"logits","datatype":"BYTES","shape":[2,2],"data":["3.300000:2:zwöi","0.500000:0:zero","12345.677734:3:trois","0.000000:0:zero"]}]""", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_classes_than_there_are_are_all_of_them_and_without_labels_none_are_written()
    {
        using var registry = new TestRegistry();
        registry.Publish("echo", TestModels.Echo(3, ElementType.Int32));
        await using var server = await RunningServer.StartAsync(registry);

        var answer = await server.PostJsonAsync("/v2/models/echo/infer", $$"""{"inputs":[{"name":"input","shape":[1,3],"datatype":"INT32","data":[4,-2,4]}]{{Asking(100)}}}""");

        Assert.Contains("""datatype":"BYTES","shape":[1,3],"data":["4:0","4:2","-2:1"]""", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task As_binary_data_each_string_follows_its_length()
    {
        using var registry = new TestRegistry();
        registry.Publish("echo", TestModels.Echo(), Labels);
        await using var server = await RunningServer.StartAsync(registry);

        var answer = await server.PostJsonAsync("/v2/models/echo/infer", Bodies.Json("input", [1, 4], [0, 1, 2, 3], ""","outputs":[{"name":"logits","parameters":{"classification":3,"binary_data":true}}]"""));

        var length = int.Parse(answer.Headers["Inference-Header-Content-Length"], System.Globalization.CultureInfo.InvariantCulture);
        var binary = answer.Body.AsSpan(length);
        Assert.Contains($$$"""{"name":"logits","datatype":"BYTES","shape":[1,3],"parameters":{"binary_data_size":{{{binary.Length}}}}}""", Encoding.UTF8.GetString(answer.Body, 0, length), StringComparison.Ordinal);
        foreach (var expected in new[] { "3.000000:3:trois", "2.000000:2:zwöi", "1.000000:1:eins" })
        {
            var size = BinaryPrimitives.ReadInt32LittleEndian(binary);
            Assert.Equal(expected, Encoding.UTF8.GetString(binary.Slice(4, size)));
            binary = binary[(4 + size)..];
        }

        Assert.True(binary.IsEmpty);
    }

    [Fact]
    public async Task Values_that_are_no_numbers_come_last()
    {
        using var registry = new TestRegistry();
        registry.Publish("echo", TestModels.Echo());
        await using var server = await RunningServer.StartAsync(registry);

        var answer = await server.PostJsonAsync("/v2/models/echo/infer", $$"""{"inputs":[{"name":"input","shape":[1,4],"datatype":"FP32","data":[NaN,-Infinity,1,Infinity]}]{{Asking(4)}}}""");

        Assert.Contains("""data":["inf:3","1.000000:2","-inf:1","nan:0"]""", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_has_no_classes_is_refused()
    {
        using var registry = new TestRegistry();
        registry.Publish("echo", TestModels.Echo(2, ElementType.Bool));
        await using var server = await RunningServer.StartAsync(registry);

        var answer = await server.PostJsonAsync("/v2/models/echo/infer", $$"""{"inputs":[{"name":"input","shape":[1,2],"datatype":"BOOL","data":[true,false]}]{{Asking(1)}}}""");

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains("Output 'logits' is BOOL, of which there are no likeliest classes", answer.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(300)]
    public void Few_and_many_of_the_largest_are_in_the_same_order(int count)
    {
        var random = new SeededRandom(7);
        var values = Enumerable.Range(0, 300).Select(_ => random.Below(10) is 0 ? float.NaN : random.Below(40)).ToArray();
        var best = new int[count];

        Serve.Protocol.Ranking.Largest<float>(values, best);

        Assert.Equal(Enumerable.Range(0, 300).OrderBy(i => float.IsNaN(values[i])).ThenByDescending(i => values[i]).ThenBy(i => i).Take(count), best);
    }

    private static string Asking(int classes) => $$$""","outputs":[{"name":"logits","parameters":{"classification":{{{classes}}}}}]""";
}
