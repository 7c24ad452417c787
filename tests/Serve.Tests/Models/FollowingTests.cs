using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Toolchain.Graphs;
using Toolchain.Registry;
using Toolchain.Serve.Models;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests.Models;

public sealed class FollowingTests : IDisposable
{
    private static readonly byte[] Image = Images.Noise(28, 28, 1, 1);
    private readonly TestRegistry _registry = new();

    [Fact]
    public async Task A_moved_alias_is_answered_by_its_new_version_without_a_restart()
    {
        Publish(1, 2);
        _registry.Registry.SetAlias("fashion", "production", 1);
        await using var server = await StartAsync(("Model:0", "fashion@production"));
        using var log = RecordedLog.Of(server);
        Assert.Equal("1", await VersionAsync(server, "fashion@production"));

        _registry.Registry.SetAlias("fashion", "production", 2);

        await Eventually.Async(async () => await VersionAsync(server, "fashion@production") == "2");
        Assert.Equal(["fashion:2"], Served(server));
        Assert.Equal(["'fashion@production' is answered by model fashion:2 from now on; before: fashion:1"], log.Events(1005));
        await Eventually.Async(() => log.Events(1003).Count == 1);
        Assert.Equal(["production"], (await CardAsync(server, "fashion@production")).GetProperty("aliases").EnumerateArray().Select(a => a.GetString()!));
    }

    [Fact]
    public async Task A_bare_name_is_answered_by_a_new_version_once_it_is_exported_and_a_pinned_one_stays()
    {
        Publish(1);
        await using var server = await StartAsync(("Model:0", "fashion"), ("Model:1", "fashion:1"));
        var unexported = PublishUnexported();

        _registry.Registry.AddArtifact(unexported, ArtifactKinds.Model, "model.onnx", path =>
        {
            File.Copy(Path.Combine(_registry.Folder, "fashion", "1", "model.onnx"), path);
            return new();
        });

        await Eventually.Async(async () => await VersionAsync(server, "fashion") == "2");
        Assert.Equal("1", await VersionAsync(server, "fashion:1"));
        Assert.Equal(["fashion:1", "fashion:2"], Served(server));
    }

    [Fact]
    public async Task Without_references_new_models_and_aliases_are_served_too()
    {
        Publish(1, 2);
        _registry.Registry.SetAlias("fashion", "production", 1);
        await using var server = await StartAsync();
        Assert.Equal(("2", "1"), (await VersionAsync(server, "fashion"), await VersionAsync(server, "fashion@production")));

        _registry.Publish("digits", TestModels.Classifier());
        _registry.Registry.RemoveAlias("fashion", "production");

        await Eventually.Async(() => Served(server).SequenceEqual(["digits:1", "fashion:2"]));
        Assert.Equal(HttpStatusCode.NotFound, (await server.GetAsync("/v1/models/fashion@production")).Status);
    }

    [Fact]
    public async Task A_failed_load_keeps_the_old_version_and_says_why_and_is_tried_again_when_the_version_changes()
    {
        Publish(1);
        _registry.Registry.SetAlias("fashion", "production", 1);
        await using var server = await StartAsync(("Model:0", "fashion@production"), ("Model:1", "fashion"), ("Watch", "off"));
        using var log = RecordedLog.Of(server);
        var file = Path.Combine(Publish(2).Folder, "model.onnx");
        var sound = await File.ReadAllBytesAsync(file);
        await File.WriteAllBytesAsync(file, [.. sound[..^1], (byte)~sound[^1]]);

        _registry.Registry.SetAlias("fashion", "production", 2);
        await Control(server).RefreshAsync(CancellationToken.None);

        Assert.Equal(("1", "1"), (await VersionAsync(server, "fashion@production"), await VersionAsync(server, "fashion")));
        var problem = (await CardAsync(server, "fashion:2")).GetProperty("problem").GetString()!;
        Assert.Contains("SHA-256", problem, StringComparison.Ordinal);
        Assert.Contains(Control(server).Index(), m => m is { Name: "fashion", Version: "2", Status: ModelStatus.Unavailable } && m.Reason == problem);
        Assert.Contains("""toolchain_model_loads_total{model="fashion",result="refused"} 1""", (await server.GetAsync("/metrics")).Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/v2/health/ready")).Status);

        await Control(server).RefreshAsync(CancellationToken.None);
        Assert.Single(log.Events(1001));
        await File.WriteAllBytesAsync(file, sound);
        await Control(server).RefreshAsync(CancellationToken.None);
        Assert.Equal(("2", "2"), (await VersionAsync(server, "fashion@production"), await VersionAsync(server, "fashion")));
    }

    [Fact]
    public async Task A_version_whose_probe_differs_takes_nobodys_place()
    {
        Publish(1);
        await using var server = await StartAsync(("Model:0", "fashion"));
        using var log = RecordedLog.Of(server);

        _registry.Publish("fashion", TestModels.Classifier(seed: 2), probe: new Dictionary<string, TensorData>
        {
            ["pixels"] = TensorData.Of<byte>(Image, 1, 28, 28, 1),
            ["logits"] = TensorData.Of<float>(new float[10], 1, 10),
        });

        await Eventually.Async(() => log.Events(1001).Count > 0);
        Assert.Contains("does not give what was trained", Assert.Single(log.Events(1001)), StringComparison.Ordinal);
        Assert.Equal("1", await VersionAsync(server, "fashion"));
    }

    [Fact]
    public async Task A_version_that_disappears_is_served_on_and_says_so()
    {
        Publish(1, 2);
        _registry.Registry.SetAlias("fashion", "production", 2);
        await using var server = await StartAsync(("Model:0", "fashion"), ("Model:1", "fashion@production"));
        using var log = RecordedLog.Of(server);

        _registry.Registry.Remove(ModelReference.Parse("fashion:2"), force: true);

        await Eventually.Async(() => log.Events(1004).Count > 0);
        Assert.Equal(("2", "2"), (await VersionAsync(server, "fashion"), await VersionAsync(server, "fashion@production")));
        var card = await CardAsync(server, "fashion:2");
        Assert.True(card.GetProperty("ready").GetBoolean());
        Assert.StartsWith("It is no longer in the registry", card.GetProperty("problem").GetString()!, StringComparison.Ordinal);
        Assert.Contains(Control(server).Index(), m => m is { Version: "2", Status: ModelStatus.Ready, Reason.Length: > 0 });
        Assert.Single(log.Events(1004));

        Publish(3);
        await Eventually.Async(async () => await VersionAsync(server, "fashion") == "3");
    }

    [Fact]
    public async Task A_registry_that_cannot_be_reached_takes_nothing_away()
    {
        Publish(1);
        await using var server = await StartAsync();
        var aside = _registry.Folder + ".aside";

        Directory.Move(_registry.Folder, aside);
        await Control(server).RefreshAsync(CancellationToken.None);
        Assert.Equal("1", await VersionAsync(server, "fashion"));

        Directory.Move(aside, _registry.Folder);
        await Control(server).RefreshAsync(CancellationToken.None);
        Assert.False((await CardAsync(server, "fashion")).TryGetProperty("problem", out _));
    }

    [Fact]
    public async Task What_is_half_written_is_never_seen()
    {
        var version = Publish(1);
        await using var server = await StartAsync();
        using var log = RecordedLog.Of(server);
        var hidden = Directory.CreateDirectory(Path.Combine(_registry.Folder, "fashion", ".new-1234")).FullName;
        File.Copy(Path.Combine(version.Folder, "manifest.json"), Path.Combine(hidden, "manifest.json"));
        Directory.CreateDirectory(Path.Combine(_registry.Folder, "fashion", "not-a-version"));
        await File.WriteAllTextAsync(Path.Combine(version.Folder, ".manifest.json.tmp"), "{");

        await Control(server).RefreshAsync(CancellationToken.None);

        Assert.Equal(["fashion:1"], Served(server));
        Assert.Empty(log.Events(1001));
    }

    [Fact]
    public async Task A_version_without_its_manifest_is_refused_and_the_one_before_it_is_served()
    {
        Publish(1);
        await using var server = await StartAsync();
        Directory.CreateDirectory(Path.Combine(_registry.Folder, "fashion", "2"));

        await Control(server).RefreshAsync(CancellationToken.None);

        Assert.Equal("1", await VersionAsync(server, "fashion"));
        Assert.Contains("manifest", (await CardAsync(server, "fashion:2")).GetProperty("problem").GetString()!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_followed_when_watching_is_off()
    {
        Publish(1);
        await using var deaf = await StartAsync(("Watch", "off"));
        await using var following = await StartAsync();

        Publish(2);
        await Eventually.Async(async () => await VersionAsync(following, "fashion") == "2");

        Assert.Equal("1", await VersionAsync(deaf, "fashion"));
    }

    [Fact]
    public void A_stamp_changes_with_everything_that_is_published_and_with_nothing_else()
    {
        Publish(1);
        var stamps = new List<string> { Stamp() };
        Publish(2);
        stamps.Add(Stamp());
        _registry.Registry.SetAlias("fashion", "production", 1);
        stamps.Add(Stamp());
        _registry.Registry.SetAlias("fashion", "production", 2);
        stamps.Add(Stamp());
        _registry.Registry.AddArtifact(_registry.Registry.Resolve("fashion:1"), "note", "note.txt", path =>
        {
            File.WriteAllText(path, "note");
            return new();
        });
        stamps.Add(Stamp());
        _registry.Registry.Remove(ModelReference.Parse("fashion:1"));
        stamps.Add(Stamp());
        Directory.CreateDirectory(Path.Combine(_registry.Folder, "fashion", ".new-1"));

        Assert.Equal(stamps.Count, stamps.Distinct().Count());
        Assert.Equal(stamps[^1], Stamp());

        string Stamp() => RegistryStamp.Of(_registry.Folder);
    }

    public void Dispose() => _registry.Dispose();

    private ModelVersion Publish(params int[] seeds) => seeds.Select(seed => _registry.Publish("fashion", TestModels.Classifier(seed: seed))).ToList()[^1];

    private ModelVersion PublishUnexported()
    {
        using var draft = _registry.Registry.NewVersion("fashion");
        return draft.Publish(new() { Task = "classification", Labels = [], Preprocessing = new(1, 28, 28, [0f], [1f]) });
    }

    private Task<RunningServer> StartAsync(params (string Key, string Value)[] settings) => RunningServer.StartAsync(_registry, [.. settings, ("PollInterval", "0.05"), ("Logging:LogLevel:Toolchain", "Information")]);

    private static ModelControl Control(RunningServer server) => server.Application.Services.GetRequiredService<ModelControl>();

    private static IEnumerable<string> Served(RunningServer server) => server.Application.Models.Loaded.Select(static m => m.ToString());

    private static async Task<string> VersionAsync(RunningServer server, string reference)
    {
        var answer = await server.PostBytesAsync($"/v2/models/{reference}/infer", Image, jsonLength: 0);
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        var json = answer.Body.AsMemory(0, int.Parse(answer.Headers["Inference-Header-Content-Length"], System.Globalization.CultureInfo.InvariantCulture));
        return JsonDocument.Parse(json).RootElement.GetProperty("model_version").GetString()!;
    }

    private static async Task<JsonElement> CardAsync(RunningServer server, string reference) => (await server.GetAsync($"/v1/models/{reference}")).Json;
}
