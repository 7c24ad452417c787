using System.Buffers.Binary;
using System.Net;
using System.Runtime.InteropServices;
using Toolchain.Data;
using Toolchain.Graphs;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests;

/// <summary>Image files in place of pixels: as elements of <c>BYTES</c>, and as a raw body.</summary>
public sealed class ImageTensorTests
{
    [Theory]
    [InlineData(1, "[1]")]
    [InlineData(5, "[5]")]
    [InlineData(5, "[5,1]")]
    public async Task Each_element_of_bytes_is_decoded_into_its_own_row(int rows, string shape)
    {
        using var registry = new TestRegistry();
        var version = registry.Publish("colour", TestModels.Classifier(14, 20, 3));
        await using var server = await RunningServer.StartAsync(registry);
        var pixels = Enumerable.Range(0, rows).Select(static i => Images.Noise(14, 20, 3, i)).ToList();
        var (body, jsonLength) = Encoded(shape, pixels.Select(static p => ImageEncoder.Png(p, 14, 20, 3)));

        var answer = await server.PostBytesAsync("/v2/models/colour/infer", body, jsonLength: jsonLength);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        var expected = TestRegistry.RunDirectly(version, TensorData.Of<byte>(pixels.SelectMany(static p => p).ToArray(), rows, 14, 20, 3))["logits"].Values<float>().ToArray();
        Assert.Equal(expected.Length, answer.Output("logits").Length);
        Assert.All(expected.Zip(answer.Output("logits")), static pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
    }

    [Theory]
    [InlineData("tiles.jpg", null)]
    [InlineData("tiles.jpg", "image/jpeg")]
    [InlineData("tiles.webp", "application/octet-stream")]
    public async Task A_raw_body_may_be_an_image_file(string file, string? type)
    {
        using var registry = new TestRegistry();
        var version = registry.Publish("colour", TestModels.Classifier(14, 20, 3));
        await using var server = await RunningServer.StartAsync(registry);
        var encoded = await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, "Fixtures", file));
        var pixels = new byte[14 * 20 * 3];
        ImageDecoder.Decode(encoded, pixels, 3, 14, 20);

        var answer = await server.PostBytesAsync("/v2/models/colour/infer", encoded, type, jsonLength: 0);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        var length = int.Parse(answer.Headers["Inference-Header-Content-Length"], System.Globalization.CultureInfo.InvariantCulture);
        var expected = TestRegistry.RunDirectly(version, TensorData.Of<byte>(pixels, 1, 14, 20, 3));
        Assert.Equal([.. expected["probabilities"].Bytes.Span, .. expected["logits"].Bytes.Span], answer.Body[length..]);
    }

    [Fact]
    public async Task Pixels_as_long_as_a_row_are_pixels_however_they_begin()
    {
        using var registry = new TestRegistry();
        var version = registry.Publish("fashion", TestModels.Classifier());
        await using var server = await RunningServer.StartAsync(registry);
        var pixels = Images.Noise(28, 28, 1, 3);
        new byte[] { 0xff, 0xd8, 0xff }.CopyTo(pixels, 0);

        var answer = await server.PostBytesAsync("/v2/models/fashion/infer", pixels, jsonLength: 0);
        var refused = await server.PostBytesAsync("/v2/models/fashion/infer", pixels, "image/jpeg", jsonLength: 0);

        Assert.Equal(MemoryMarshal.AsBytes(TestRegistry.RunDirectly(version, TensorData.Of<byte>(pixels, 1, 28, 28, 1))["logits"].Values<float>()), answer.Body.AsSpan(answer.Body.Length - 40));
        Assert.Contains("cannot be decoded", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_wrong_with_an_element_is_said_of_that_element()
    {
        using var registry = new TestRegistry();
        registry.Publish("fashion", TestModels.Classifier());
        await using var server = await RunningServer.StartAsync(registry);
        var image = ImageEncoder.Png(Images.Noise(28, 28, 1, 1), 28, 28, 1);

        foreach (var (shape, elements, cut, message) in new (string, byte[][], int, string)[]
        {
            ("[3]", [image, image[..(image.Length / 2)], image], 0, "Image 1: The PNG image cannot be decoded"),
            ("[1]", ["<svg/>"u8.ToArray()], 0, "The data is not an image"),
            ("[2]", [image, Bodies.PngOfSize(50_000, 50_000)], 0, "Image 1: The PNG image has 50000 × 50000"),
            ("[2]", [image], 0, "element 1 ends beyond its"),
            ("[1]", [image, image], 0, "bytes are left over after 1"),
            ("[1]", [image], 5, "element 0 ends beyond its"),
            ("[1,28,28,1]", [image], 0, "unexpected shape for input 'pixels' for model 'fashion'. Expected [-1], got [1,28,28,1]"),
        })
        {
            var (body, jsonLength) = Encoded(shape, elements, cut);
            var answer = await server.PostBytesAsync("/v2/models/fashion/infer", body, jsonLength: jsonLength);
            Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
            Assert.Contains(message, answer.Error, StringComparison.Ordinal);
        }

        var json = await server.PostJsonAsync("/v2/models/fashion/infer", """{"inputs":[{"name":"pixels","shape":[1],"datatype":"BYTES","data":["x"]}]}""");
        Assert.Contains("has images, which JSON cannot carry", json.Error, StringComparison.Ordinal);
        var raw = await server.PostBytesAsync("/v2/models/fashion/infer", new byte[785], jsonLength: 0);
        Assert.Contains("Expected 784 or an image file, got 785", raw.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_batch_of_images_decodes_while_others_do_and_every_row_stays_with_its_request()
    {
        using var registry = new TestRegistry();
        var version = registry.Publish("fashion", TestModels.Classifier());
        await using var server = await RunningServer.StartAsync(registry, ("MaxQueueSize", "1000"));
        var pixels = Enumerable.Range(0, 16).Select(static i => Images.Noise(28, 28, 1, i)).ToList();
        var expected = TestRegistry.RunDirectly(version, TensorData.Of<byte>(pixels.SelectMany(static p => p).ToArray(), 16, 28, 28, 1))["logits"].Values<float>().ToArray();

        await Task.WhenAll(Enumerable.Range(0, 100).Select(async i =>
        {
            var chosen = Enumerable.Range(i, 1 + (i % 7)).Select(static n => n % 16).ToList();
            var (body, jsonLength) = Encoded($"[{chosen.Count}]", chosen.Select(n => ImageEncoder.Png(pixels[n], 28, 28, 1)));
            var answer = await server.PostBytesAsync("/v2/models/fashion/infer", body, jsonLength: jsonLength);
            Assert.All(chosen.SelectMany(n => expected[(n * 10)..((n * 10) + 10)]).Zip(answer.Output("logits")), static pair => Assert.Equal(pair.First, pair.Second, 1e-4f));
        }));
    }

    private static (byte[] Body, int JsonLength) Encoded(string shape, IEnumerable<byte[]> images, int cut = 0)
    {
        var tensor = images.SelectMany(static image =>
        {
            var length = new byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(length, image.Length);
            return (byte[])[.. length, .. image];
        }).SkipLast(cut).ToArray();
        return Bodies.Binary($$$"""{"inputs":[{"name":"pixels","shape":{{{shape}}},"datatype":"BYTES","parameters":{"binary_data_size":{{{tensor.Length}}}}}]}""", tensor);
    }
}
