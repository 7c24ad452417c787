using System.Net;
using System.Text;
using Toolchain.Graphs;
using Toolchain.Graphs.Onnx;
using Toolchain.Registry;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests.HardCases;

/// <summary>Names that try to leave the folder of models, and what only whoever runs the server may do.</summary>
[Collection(nameof(AttackedServer))]
public sealed class NameCases(AttackedServer attacked)
{
    private static readonly string[] Names =
    [
        "..", ".", "%2e%2e", "..%2f..%2fetc%2fpasswd", "%2e%2e%2fecho", "..%5cecho", "%2fetc%2fpasswd", "echo%2f1", "echo%2f..%2fecho", "echo%00", "%ff%fe", "echo%0d%0aX-Injected:%201",
        "echo%20", "%20echo", "ECHO", "echo:99", "echo:-1", "echo:99999999999999999999", "echo:1:1", "echo@", "@production", ":", "echo@..", "~root", "$HOME", "%24%28id%29", "%E2%80%AEecho", "http:%2f%2f127.0.0.1%2fmodel", "e%CC%81cho",
    ];

    public static TheoryData<string> Paths => [.. Names.SelectMany(static n => new[] { $"POST /v2/models/{n}/infer", $"GET /v2/models/{n}", $"GET /v2/models/{n}/versions/1/ready", $"GET /v2/models/echo/versions/{n}", $"POST /v1/models/{n}/classify", $"GET /v1/models/{n}" })];

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task A_name_that_is_none_gets_400_or_404_and_nothing_is_looked_for_on_disk(string line)
    {
        var answer = await attacked.Server.AskAsync(RawConnection.Head($"{line} HTTP/1.1", "Content-Length: 0"));

        // «.» and «..» are resolved in paths before anyone sees them (RFC 3986, section 5.2.4), and may so name something else that is there.
        Assert.Contains((int)answer.Status, line.Contains("/./", StringComparison.Ordinal) || line.Contains("/.", StringComparison.Ordinal) || line.Contains("%2e%2e", StringComparison.Ordinal) ? [200, 400, 404, 405] : (int[])[400, 404]);
        Assert.DoesNotContain("X-Injected", answer.Headers.Keys);
        Assert.DoesNotContain("root:", answer.Text, StringComparison.Ordinal);
        if (answer.Status != HttpStatusCode.OK && answer.Body.Length > 0)
        {
            attacked.AssertRefused(answer, (int)answer.Status);
        }
    }

    [Theory]
    [InlineData("/v2/repository/models/echo/unload")]
    [InlineData("/v2/repository/models/echo/load")]
    public async Task Models_are_loaded_and_unloaded_only_where_that_is_switched_on(string path)
    {
        var answer = await attacked.Client.PostJsonAsync(path, "{}");

        Assert.InRange((int)answer.Status, 400, 599);
        attacked.AssertRefused(answer, (int)answer.Status, "model-control");
        await attacked.Server.AssertUnharmedAsync();
    }

    [Fact]
    public async Task Where_it_is_switched_on_only_names_of_the_registry_are_loaded()
    {
        using var registry = new TestRegistry();
        registry.Publish("echo", TestModels.Echo());
        var outside = Directory.CreateDirectory(Path.Combine(registry.Folder, "..", Path.GetRandomFileName()));
        try
        {
            Copy(Path.Combine(registry.Folder, "echo"), outside.FullName);
            await using var server = await HardServer.StartAsync(registry, "--model-control", "explicit");
            foreach (var name in Names.Append($"..%2f{outside.Name}").Append(Uri.EscapeDataString(outside.FullName)))
            {
                var answer = await server.AskAsync(RawConnection.Post($"/v2/repository/models/{name}/load", "{}"u8));
                Assert.InRange((int)answer.Status, 400, 501);
                Assert.DoesNotContain("   at ", answer.Text, StringComparison.Ordinal);
            }

            foreach (var body in new[] { "{\"parameters\":{\"config\":\"{}\"}}", "{\"parameters\":{\"file:1/model.onnx\":\"AAAA\"}}", "nonsense", "[]" })
            {
                var answer = await server.Client.PostJsonAsync("/v2/repository/models/echo/load", body);
                Assert.InRange((int)answer.Status, 400, 501);
                Assert.InRange(answer.Error.Length, 10, 2000);
            }

            await server.AssertUnharmedAsync();
            await server.EndsWellAsync();
        }
        finally
        {
            outside.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_model_whose_weights_lie_outside_of_its_folder_is_refused()
    {
        using var registry = new TestRegistry();
        registry.Publish("echo", TestModels.Echo());
        PublishWithWeightsOutside(registry, "thief");
        await using var server = await HardServer.StartAsync(registry);
        var answer = await server.Client.GetAsync("/v2/models/thief/ready");

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains("thief:1", answer.Error, StringComparison.Ordinal);
        await server.AssertUnharmedAsync();
        await server.EndsWellAsync();
    }

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    // The file beside the model is moved up, and the model told so: its weights are there, and would be found.
    private static void PublishWithWeightsOutside(TestRegistry registry, string name)
    {
        var (weights, moved) = (Array.Empty<byte>(), "");
        using var draft = registry.Registry.NewVersion(name);
        draft.Add(ArtifactKinds.Model, "model.onnx", path =>
        {
            OnnxFile.Write(TestModels.TensorClassifier(), path, new() { ExternalDataThreshold = 1 });
            weights = File.ReadAllBytes(path + ".data");
            File.Delete(path + ".data");
            var model = File.ReadAllBytes(path);
            var beside = Path.GetFileName(path) + ".data";
            moved = beside["../".Length..];
            while (model.AsSpan().IndexOf(Encoding.UTF8.GetBytes(beside)) is var place and >= 0)
            {
                Encoding.UTF8.GetBytes("../" + moved).CopyTo(model, place);
            }

            File.WriteAllBytes(path, model);
            return new() { Precision = "float32", Opset = Graph.DefaultOpset };
        });
        draft.Publish(new() { Task = "classification", Labels = [], Preprocessing = new(1, 28, 28, [0f], [1f]) });
        File.WriteAllBytes(Path.Combine(registry.Folder, name, moved), weights);
    }
}
