using System.Net;
using Toolchain.Data;
using Toolchain.Graphs;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests;

/// <summary>Models that are no classifiers of images: loaded, proven, inferred, and not asked to classify.</summary>
public sealed class TaskTests
{
    private static readonly Preprocessing Table = new(3, 1, 1, [0, 0, 0], [1, 1, 1]) { Samples = SampleKind.Numbers };
    private static readonly Preprocessing SmallImage = new(1, 4, 4, [0], [1]);
    private static readonly float[] Rows = [1, 2, 3, -4, 5.5f, 0.25f];

    [Fact]
    public async Task A_regression_on_a_table_answers_rows_with_values()
    {
        using var registry = new TestRegistry();
        var expected = PublishRegression(registry, "prices", shift: 0);
        await using var server = await RunningServer.StartAsync(registry, ("Model:0", "prices"));

        var answer = await server.PostJsonAsync("/v2/models/prices/infer", Bodies.Json("numbers", [2, 1, 1, 3], Rows));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(expected, answer.Output("values"));
        Assert.Contains("\"name\":\"values\",\"datatype\":\"FP32\",\"shape\":[2,2]", answer.Text, StringComparison.Ordinal);
        Assert.Equal("numbers", (await server.GetAsync("/v1/models/prices")).Json.GetProperty("manifest").GetProperty("preprocessing").GetProperty("samples").GetString());
    }

    [Fact]
    public async Task A_regression_whose_values_are_not_the_probes_is_refused()
    {
        using var registry = new TestRegistry();
        PublishRegression(registry, "prices", shift: 1);
        registry.Publish("sound", TestModels.Classifier());
        await using var server = await RunningServer.StartAsync(registry, ("Model:0", "prices"), ("Model:1", "sound"));

        Assert.Contains("'values' of its probe differs by 1", (await server.GetAsync("/v2/models/prices/ready")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_segmentation_answers_images_with_classes_for_each_pixel()
    {
        using var registry = new TestRegistry();
        var expected = PublishSegmentation(registry);
        await using var server = await RunningServer.StartAsync(registry, ("Model:0", "roads"));
        var pixels = Images.Noise(4, 4, 1, 9);

        var answer = await server.PostJsonAsync("/v2/models/roads/infer", $$"""{"inputs":[{"name":"pixels","datatype":"UINT8","shape":[1,4,4,1],"data":[{{string.Join(',', pixels)}}]}]}""");

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Contains("\"shape\":[1,3,4,4]", answer.Text, StringComparison.Ordinal);
        foreach (var output in new[] { "logits", "probabilities" })
        {
            var found = answer.Output(output);
            Assert.Equal(48, found.Length);
            Assert.All(expected[output].Values<float>().ToArray().Zip(found), static pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
        }
    }

    [Theory]
    [InlineData("prices", "Model prices:1 cannot classify an image: it is for regression, and gives 'values' FP32 [-1,2] for 'numbers' FP32 [-1,1,1,3]. POST tensors to /v2/models/prices/versions/1/infer.")]
    [InlineData("roads", "Model roads:1 cannot classify an image: it is for segmentation, and gives 'probabilities' FP32 [-1,3,4,4] and 'logits' FP32 [-1,3,4,4] for 'pixels' UINT8 [-1,4,4,1]. POST images to /v1/models/roads:1/segment, or POST tensors to /v2/models/roads/versions/1/infer.")]
    [InlineData("rows", "Model rows:1 cannot classify an image: it classifies rows of a table, and takes 'numbers' FP32 [-1,1,1,3]. POST tensors to /v2/models/rows/versions/1/infer.")]
    public async Task What_is_no_classifier_of_images_says_what_it_is_and_where_to_ask(string model, string message)
    {
        using var registry = new TestRegistry();
        PublishRegression(registry, "prices", shift: 0);
        PublishSegmentation(registry);
        registry.Publish("rows", TestModels.Regression(), preprocessing: Table);
        await using var server = await RunningServer.StartAsync(registry, ("Model:0", "prices"), ("Model:1", "roads"), ("Model:2", "rows"));

        var answer = await server.PostBytesAsync($"/v1/models/{model}/classify", ImageEncoder.Png(Images.Noise(4, 4, 1, 1), 4, 4, 1), "image/png");

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal(message, answer.Error);
    }

    private static float[] PublishRegression(TestRegistry registry, string name, float shift)
    {
        var input = TensorData.Of<float>(Rows, 2, 1, 1, 3);
        var values = TestRegistry.RunDirectly(registry.Publish("reference", TestModels.Regression(), preprocessing: Table, task: "regression"), input)["values"].Values<float>().ToArray();
        var probe = new Dictionary<string, TensorData> { ["pixels"] = input, ["logits"] = TensorData.Of<float>([.. values.Select(v => v + shift)], 2, 2) };
        registry.Publish(name, TestModels.Regression(), ["price", "size"], Table, probe, "regression");
        return values;
    }

    internal static IReadOnlyDictionary<string, TensorData> PublishSegmentation(TestRegistry registry)
    {
        var input = TensorData.Of<byte>(Images.Noise(4, 4, 1, 9), 1, 4, 4, 1);
        var outputs = TestRegistry.RunDirectly(registry.Publish("reference", TestModels.Segmentation(), preprocessing: SmallImage, task: "segmentation"), input);
        registry.Publish("roads", TestModels.Segmentation(), ["sky", "road", "car"], SmallImage, new Dictionary<string, TensorData> { ["pixels"] = input, ["logits"] = outputs["logits"] }, "segmentation");
        return outputs;
    }
}
