using System.Net;
using System.Net.Http.Headers;
using Toolchain.Data;
using Toolchain.Graphs;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests;

/// <summary>Masks of segmentations.</summary>
public sealed class SegmentTests
{
    [Fact]
    public async Task The_runs_of_the_mask_are_the_largest_class_of_each_pixel()
    {
        using var registry = new TestRegistry();
        var expected = Mask(TaskTests.PublishSegmentation(registry)["logits"]);
        await using var server = await RunningServer.StartAsync(registry, ("Model:0", "roads"));

        var answer = await server.PostBytesAsync("/v1/models/roads/segment?explain=true", Image(), "image/png");

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(("roads", 1, 4, 4), (answer.Json.GetProperty("model").GetString(), answer.Json.GetProperty("version").GetInt32(), answer.Json.GetProperty("height").GetInt32(), answer.Json.GetProperty("width").GetInt32()));
        var runs = answer.Json.GetProperty("runs").EnumerateArray().Select(static v => v.GetInt32()).ToList();
        Assert.Equal(expected.Select(static c => (int)c), runs.Chunk(2).SelectMany(static run => Enumerable.Repeat(run[0], run[1])));
        var classes = answer.Json.GetProperty("classes").EnumerateArray().ToList();
        Assert.Equal(
            expected.CountBy(static c => c).OrderByDescending(static c => c.Value).ThenBy(static c => c.Key).Select(static c => (((string[])["sky", "road", "car"])[c.Key], (int)c.Key, c.Value, c.Value / 16.0)),
            classes.Select(static c => (c.GetProperty("label").GetString()!, c.GetProperty("index").GetInt32(), c.GetProperty("pixels").GetInt32(), c.GetProperty("fraction").GetDouble())));
        Assert.Equal(1, answer.Json.GetProperty("batch_size").GetInt32());
        Assert.Equal("idle", answer.Json.GetProperty("batch").GetProperty("closed_by").GetString());
    }

    [Theory]
    [InlineData("image/png", true)]
    [InlineData("image/*", true)]
    [InlineData("image/png, application/json;q=0.5", true)]
    [InlineData("application/json, image/png;q=0.5", false)]
    [InlineData("*/*", false)]
    public async Task The_mask_is_a_png_of_indices_where_the_client_prefers_one(string accepted, bool isPng)
    {
        using var registry = new TestRegistry();
        var expected = Mask(TaskTests.PublishSegmentation(registry)["logits"]);
        await using var server = await RunningServer.StartAsync(registry, ("Model:0", "roads"));
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/models/roads/segment") { Content = new ByteArrayContent(Image()) };
        request.Headers.TryAddWithoutValidation("Accept", accepted);

        var answer = await server.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(isPng ? "image/png" : "application/json", answer.Headers["Content-Type"]);
        Assert.Equal("Accept", answer.Headers["Vary"]);
        if (isPng)
        {
            var mask = new byte[16];
            ImageDecoder.Decode(answer.Body, mask, 1, 4, 4);
            Assert.Equal(expected, mask);
        }
    }

    [Fact]
    public async Task A_classifier_does_not_segment_and_says_what_it_is()
    {
        using var registry = new TestRegistry();
        registry.Publish("fashion", TestModels.Classifier());
        await using var server = await RunningServer.StartAsync(registry);

        var answer = await server.PostBytesAsync("/v1/models/fashion/segment", Image(), "image/png");

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.StartsWith("Model fashion:1 cannot segment an image: it takes 'pixels' UINT8 [-1,28,28,1] and gives", answer.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("multipart/form-data; boundary=x")]
    public async Task What_is_no_image_is_refused_as_a_type(string type)
    {
        using var registry = new TestRegistry();
        TaskTests.PublishSegmentation(registry);
        await using var server = await RunningServer.StartAsync(registry, ("Model:0", "roads"));
        using var content = new ByteArrayContent([1]);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await server.SendAsync(new(HttpMethod.Post, "/v1/models/roads/segment") { Content = content })).Status);
    }

    private static byte[] Image() => ImageEncoder.Png(Images.Noise(4, 4, 1, 9), 4, 4, 1);

    // The class of each of 4 × 4 pixels of float32 [1, 3, 4, 4].
    private static byte[] Mask(TensorData logits)
    {
        var values = logits.Values<float>().ToArray();
        return [.. Enumerable.Range(0, 16).Select(pixel => (byte)Enumerable.Range(0, 3).MaxBy(c => values[(c * 16) + pixel]))];
    }
}
