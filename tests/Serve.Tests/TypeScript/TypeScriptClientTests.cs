using System.Text.Json;
using Toolchain.Data;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests.TypeScript;

/// <summary>A client whose types are generated from the committed OpenAPI document, by tools that know nothing of this server.</summary>
public sealed class TypeScriptClientTests
{
    [Fact]
    public async Task A_client_generated_from_the_document_compiles_and_works()
    {
        using var registry = new TestRegistry();
        var version = registry.Publish("fashion", TestModels.Classifier(), TestRegistry.TenLabels);
        await using var server = await RunningServer.StartAsync(registry);
        using var node = new NodeTools();
        var image = Path.Combine(node.Folder, "image.png");
        await File.WriteAllBytesAsync(image, ImageEncoder.Png(Images.Noise(28, 28, 1, 1), 28, 28, 1));
        var classified = (await server.PostBytesAsync("/v1/models/fashion/classify?top=3", await File.ReadAllBytesAsync(image), "image/png")).Json;
        var inferred = TestRegistry.RunDirectly(version, new(ElementType.UInt8, [1, 28, 28, 1], Enumerable.Repeat((byte)7, 784).ToArray()));

        node.Run("generate.mjs", NodeTools.Document, "api.ts");
        node.Run("node_modules/typescript/bin/tsc");
        var answer = JsonDocument.Parse(node.Run("client.js", server.Url.ToString().TrimEnd('/'), "fashion", image)).RootElement;

        Assert.True(answer.GetProperty("ready").GetBoolean());
        Assert.Equal("""{"name":"fashion","version":1}""", answer.GetProperty("card").GetRawText());
        Assert.Equal(classified.GetProperty("predictions").EnumerateArray().Select(p => p.GetProperty("label").GetString()), answer.GetProperty("predictions").EnumerateArray().Select(p => p.GetString()));
        Assert.Equal(404, answer.GetProperty("missing").GetProperty("status").GetInt32());
        Assert.Contains("missing", answer.GetProperty("missing").GetProperty("error").GetString(), StringComparison.Ordinal);
        foreach (var output in answer.GetProperty("outputs").EnumerateArray())
        {
            Assert.Equal([1, 10], output.GetProperty("shape").EnumerateArray().Select(d => d.GetInt32()));
            Assert.Equal(inferred[output.GetProperty("name").GetString()!].Values<float>().ToArray(), output.GetProperty("data").EnumerateArray().Select(v => v.GetSingle()));
        }
    }
}
