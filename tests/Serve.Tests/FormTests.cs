using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Toolchain.Data;
using Toolchain.Graphs;
using Toolchain.Serve.Http;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests;

/// <summary>Several images in a form.</summary>
public sealed class FormTests
{
    [Fact]
    public async Task Each_file_of_a_form_has_its_own_answer_in_its_place()
    {
        using var registry = new TestRegistry();
        var version = registry.Publish("fashion", TestModels.Classifier(), TestRegistry.TenLabels);
        await using var server = await RunningServer.StartAsync(registry, ("MaxBatchSize", "2"));
        var pixels = Enumerable.Range(0, 20).Select(static i => Images.Noise(28, 28, 1, i)).ToList();
        var expected = TestRegistry.RunDirectly(version, TensorData.Of<byte>(pixels.SelectMany(static p => p).ToArray(), 20, 28, 28, 1))["probabilities"].Values<float>().ToArray();

        var answer = await PostAsync(server, "/v1/models/fashion/classify?top=2", [.. pixels.Select(static (p, i) => ($"ä {i}.png", ImageEncoder.Png(p, 28, 28, 1)))]);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(("fashion", 1), (answer.Json.GetProperty("model").GetString(), answer.Json.GetProperty("version").GetInt32()));
        var results = answer.Json.GetProperty("results").EnumerateArray().ToList();
        Assert.Equal(20, results.Count);
        for (var i = 0; i < 20; i++)
        {
            var row = expected[(i * 10)..((i * 10) + 10)];
            Assert.Equal($"ä {i}.png", results[i].GetProperty("file").GetString());
            Assert.Equal(2, results[i].GetProperty("predictions").GetArrayLength());
            Assert.Equal(TestRegistry.TenLabels[Array.IndexOf(row, row.Max())], results[i].GetProperty("predictions")[0].GetProperty("label").GetString());
            Assert.Equal(row.Max(), results[i].GetProperty("predictions")[0].GetProperty("probability").GetSingle(), 1e-5);
            Assert.InRange(results[i].GetProperty("batch_size").GetInt32(), 1, 2);
        }
    }

    [Fact]
    public async Task A_bad_file_has_an_error_in_its_place_and_spoils_no_other()
    {
        using var registry = new TestRegistry();
        registry.Publish("fashion", TestModels.Classifier());
        await using var server = await RunningServer.StartAsync(registry);
        var image = ImageEncoder.Png(Images.Noise(28, 28, 1, 1), 28, 28, 1);

        var answer = await PostAsync(server, "/v1/models/fashion/classify", ("good.png", image), ("cut.png", image[..(image.Length / 2)]), ("empty.png", []), ("also good.png", image));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        var results = answer.Json.GetProperty("results").EnumerateArray().ToList();
        Assert.Equal([true, false, false, true], results.Select(static r => r.TryGetProperty("predictions", out _)));
        Assert.Contains("cut short", results[1].GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Contains("is empty", results[2].GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.False(results[0].TryGetProperty("error", out _));
        Assert.Equal(results[0].GetProperty("predictions").GetRawText(), results[3].GetProperty("predictions").GetRawText());
    }

    [Fact]
    public async Task A_form_of_which_no_file_can_be_classified_fails_and_names_each()
    {
        using var registry = new TestRegistry();
        registry.Publish("fashion", TestModels.Classifier());
        await using var server = await RunningServer.StartAsync(registry);

        var answer = await PostAsync(server, "/v1/models/fashion/classify", ("a.png", [1, 2, 3]), ("b.png", []));

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains("a.png: The data is not an image", answer.Error, StringComparison.Ordinal);
        Assert.Contains("b.png: The image is empty", answer.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("multipart/form-data", "x", "has no boundary")]
    [InlineData("multipart/form-data; boundary=b", "", "at part 0: no boundary follows")]
    [InlineData("multipart/form-data; boundary=b", "--b--", "has no files")]
    [InlineData("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=a\r\n\r\ncontent", "at part 0: no boundary follows")]
    [InlineData("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=a", "its headers do not end")]
    [InlineData("multipart/form-data; boundary=b", "--b\r\nX: y\r\n\r\ncontent\r\n--b--", "no header Content-Disposition")]
    [InlineData("multipart/form-data; boundary=b", "--bContent-Disposition: form-data; name=a\r\n\r\ncontent\r\n--b--", "no line of its own")]
    public async Task A_damaged_form_is_refused_with_its_place(string type, string body, string message)
    {
        using var registry = new TestRegistry();
        registry.Publish("fashion", TestModels.Classifier());
        await using var server = await RunningServer.StartAsync(registry);
        using var content = new ByteArrayContent(Encoding.ASCII.GetBytes(body));
        content.Headers.TryAddWithoutValidation("Content-Type", type);

        var answer = await server.SendAsync(new(HttpMethod.Post, "/v1/models/fashion/classify") { Content = content });

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains(message, answer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Preambles_quoted_boundaries_epilogues_and_names_of_every_kind_are_read()
    {
        const string body = "preamble\r\n--a b \t\r\ncontent-disposition: form-data; name=\"field\"; filename=\"x.png\"\r\nContent-Type: image/png\r\n\r\none\r\n-- not it\r\n--a b\r\n"
            + "Content-Disposition: form-data; name=field; filename*=UTF-8''%e2%82%ac.png\r\n\r\n\r\n--a b\r\nContent-Disposition: form-data; name=bare\r\n\r\ntwo\r\n--a b--\r\nepilogue";
        var bytes = Encoding.ASCII.GetBytes(body);

        var files = MultipartBody.Files(bytes, "multipart/form-data; boundary=\"a b\"");

        Assert.Equal(
            [("x.png", "one\r\n-- not it"), ("€.png", ""), ("bare", "two")],
            files.Select(f => (f.Name, Encoding.ASCII.GetString(bytes, f.Content.Offset, f.Content.Length))));
    }

    [Fact]
    public void More_files_than_there_may_be_are_refused()
    {
        var body = string.Concat(Enumerable.Repeat("--b\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n", 257)) + "--b--";

        var refusal = Assert.Throws<RequestException>(() => MultipartBody.Files(Encoding.ASCII.GetBytes(body), "multipart/form-data; boundary=b"));

        Assert.Contains("more than 256 files", refusal.Message, StringComparison.Ordinal);
    }

    private static Task<Answer> PostAsync(RunningServer server, string path, params (string Name, byte[] Content)[] files)
    {
        var form = new MultipartFormDataContent();
        foreach (var (name, bytes) in files)
        {
            var content = new ByteArrayContent(bytes);
            content.Headers.ContentDisposition = new ContentDispositionHeaderValue("form-data") { Name = "file", FileNameStar = name };
            form.Add(content);
        }

        return server.SendAsync(new(HttpMethod.Post, path) { Content = form });
    }
}
