using System.Net;
using Toolchain.Data;
using Toolchain.Graphs;
using Toolchain.Registry;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests;

public sealed class LoadingTests
{
    private static readonly byte[] ProbePixels = Images.Noise(3 * 28, 28, 1, 11);

    [Fact]
    public async Task A_damaged_model_is_refused_with_its_reason_and_the_others_are_served()
    {
        using var registry = new TestRegistry();
        var damaged = registry.Publish("damaged", TestModels.Classifier());
        registry.Publish("sound", TestModels.Classifier());
        Damage(Path.Combine(damaged.Folder, "model.onnx"));
        await using var server = await RunningServer.StartAsync(registry);

        foreach (var path in new[] { "/v2/models/damaged/infer", "/v1/models/damaged/classify" })
        {
            var answer = await server.PostBytesAsync(path, Images.Noise(28, 28, 1, 1), jsonLength: 0);
            Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
            Assert.StartsWith("Model version not ready: damaged:1 was refused. Artifact", answer.Error, StringComparison.Ordinal);
            Assert.Contains("SHA-256", answer.Error, StringComparison.Ordinal);
        }

        Assert.Equal(HttpStatusCode.BadRequest, (await server.GetAsync("/v2/models/damaged/ready")).Status);
        Assert.False((await server.GetAsync("/v1/models/damaged")).Json.GetProperty("ready").GetBoolean());
        Assert.Equal(HttpStatusCode.OK, (await server.PostBytesAsync("/v2/models/sound/infer", Images.Noise(28, 28, 1, 1), jsonLength: 0)).Status);
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/v2/health/ready")).Status);
    }

    [Fact]
    public async Task A_model_is_served_when_it_gives_what_its_probe_has_and_refused_when_not()
    {
        using var registry = new TestRegistry();
        var logits = Logits(registry, TestModels.Classifier());
        registry.Publish("right", TestModels.Classifier(), probe: Probe(logits));
        registry.Publish("close", TestModels.Classifier(), probe: Probe([.. logits.Select(l => l + 0.0009f)]));
        registry.Publish("wrong", TestModels.Classifier(), probe: Probe([.. logits.Select((l, i) => i == 17 ? l + 0.002f : l)]));
        registry.Publish("undefined", TestModels.Classifier(), probe: Probe([.. logits.Select((l, i) => i == 17 ? float.NaN : l)]));
        await using var server = await RunningServer.StartAsync(registry, ("Model:0", "right"), ("Model:1", "close"), ("Model:2", "wrong"), ("Model:3", "undefined"));

        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/v2/models/right/ready")).Status);
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/v2/models/close/ready")).Status);
        Assert.Contains("'logits' of its probe differs by 0.002 (allowed: 0.001)", (await server.GetAsync("/v2/models/wrong/ready")).Error, StringComparison.Ordinal);
        Assert.Contains("does not give what was trained", (await server.GetAsync("/v2/models/undefined/ready")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_probe_of_a_model_without_normalisation_is_normalised_first()
    {
        using var registry = new TestRegistry();
        var preprocessing = new Preprocessing(1, 8, 8, [0.25f], [0.5f]);
        var pixels = Images.Noise(2 * 8, 8, 1, 4);
        var planes = pixels.Select(p => ((p / 255f) - 0.25f) / 0.5f).ToArray();
        var version = registry.Publish("reference", TestModels.TensorClassifier());
        var logits = TestRegistry.RunDirectly(version, TensorData.Of<float>(planes, 2, 1, 8, 8))["logits"];
        registry.Publish("plain", TestModels.TensorClassifier(), preprocessing: preprocessing, probe: new Dictionary<string, TensorData> { ["pixels"] = TensorData.Of<byte>(pixels, 2, 8, 8, 1), ["logits"] = logits });
        await using var server = await RunningServer.StartAsync(registry, ("Model:0", "plain"));

        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/v2/models/plain/ready")).Status);
    }

    [Fact]
    public async Task Without_references_the_highest_exported_version_of_each_model_is_served()
    {
        using var registry = new TestRegistry();
        registry.Publish("fashion", TestModels.Classifier());
        registry.Publish("fashion", TestModels.Classifier());
        using (var draft = registry.Registry.NewVersion("fashion"))
        {
            draft.Publish(new() { Task = "classification", Labels = [], Preprocessing = new(1, 28, 28, [0f], [1f]) });
        }

        await using var server = await RunningServer.StartAsync(registry);

        Assert.Equal(["fashion:2"], server.Application.Models.All.Select(m => m.ToString()));
    }

    [Fact]
    public async Task References_that_mean_nothing_are_all_named_and_the_server_does_not_start()
    {
        using var registry = new TestRegistry();
        registry.Publish("fashion", TestModels.Classifier());

        var failure = await Assert.ThrowsAsync<ToolchainException>(() => RunningServer.StartAsync(registry, ("Model:0", "fashon"), ("Model:1", "fashion:7"), ("Model:2", "fashion@best")));

        Assert.Equal(ErrorKind.NotFound, failure.Kind);
        Assert.All(["fashon", "7", "best"], name => Assert.Contains(name, failure.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_with_nothing_to_serve_does_not_start()
    {
        using var registry = new TestRegistry();
        Assert.Contains("has no exported model", (await Assert.ThrowsAsync<ToolchainException>(() => RunningServer.StartAsync(registry))).Message, StringComparison.Ordinal);

        Damage(Path.Combine(registry.Publish("only", TestModels.Classifier()).Folder, "model.onnx"));
        Assert.Contains("None of the models can be served", (await Assert.ThrowsAsync<ToolchainException>(() => RunningServer.StartAsync(registry))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_no_model_is_refused_by_onnx_runtimes_own_words()
    {
        using var registry = new TestRegistry();
        registry.Publish("sound", TestModels.Classifier());
        using (var draft = registry.Registry.NewVersion("text"))
        {
            draft.Add(ArtifactKinds.Model, "model.onnx", path =>
            {
                File.WriteAllText(path, "not a model");
                return new();
            });
            draft.Publish(new() { Task = "classification", Labels = [], Preprocessing = new(1, 28, 28, [0f], [1f]) });
        }

        await using var server = await RunningServer.StartAsync(registry);

        Assert.Contains("cannot load", (await server.GetAsync("/v2/models/text/ready")).Error, StringComparison.Ordinal);
    }

    private static Dictionary<string, TensorData> Probe(float[] logits) => new()
    {
        ["pixels"] = TensorData.Of<byte>(ProbePixels, 3, 28, 28, 1),
        ["logits"] = TensorData.Of<float>(logits, 3, 10),
    };

    private static float[] Logits(TestRegistry registry, Graph graph) =>
        TestRegistry.RunDirectly(registry.Publish("reference", graph), TensorData.Of<byte>(ProbePixels, 3, 28, 28, 1))["logits"].Values<float>().ToArray();

    private static void Damage(string path)
    {
        using var file = File.Open(path, FileMode.Open);
        file.Position = file.Length / 2;
        var old = file.ReadByte();
        file.Position--;
        file.WriteByte((byte)~old);
    }
}
