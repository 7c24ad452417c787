using System.Text.Json.Nodes;
using Toolchain.Data;

namespace Toolchain.EndToEnd.Tests;

/// <summary>An ensemble from training to serving: everywhere it is a model like any other, and everywhere it is the mean of its members.</summary>
public sealed class EnsembleTests : IDisposable
{
    private const int Side = 12;

    private readonly string _folder = Directory.CreateTempSubdirectory("ensemble-").FullName;
    private readonly ServerProcesses _servers = new();

    public EnsembleTests()
    {
        Directory.CreateSymbolicLink(Path.Combine(_folder, "bin"), Repository.File("bin"));
        WriteImages("train", 90);
        WriteImages("t10k", 30);
    }

    public void Dispose()
    {
        _servers.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task An_ensemble_is_trained_merged_verified_evaluated_and_served()
    {
        foreach (var (name, network, seed) in new[] { ("one", "mlp", 1), ("two", "mlp", 2), ("three", "resblocks --set width=4 --set blocks=2", 3) })
        {
            Json($"bin/train run {network} --data idx:images --steps 6 --batch 16 --seed {seed} --threads 1 --precision float32 --layout contiguous --name {name} --json");
        }

        var merged = Json("bin/export ensemble one two three --name all --members --data idx:images --threads 1 --json");
        Assert.InRange((double)merged["max_abs_error"]!, 0, 1e-6);
        Shell.Run("bin/export verify all --data idx:images", _folder).Succeeded();

        // The trainer averages in its own way, on the members' graphs.
        var (whole, members) = (Json("bin/train evaluate all --data idx:images --json"), Json("bin/train evaluate one two three --data idx:images --json"));
        Assert.Equal((double)members["accuracy"]!, (double)merged["accuracy"]!);
        Assert.Equal((double)members["accuracy"]!, (double)whole["accuracy"]!);
        Assert.Equal((double)members["loss"]!, (double)whole["loss"]!, 1e-4);

        await _servers.StartAsync($"{Repository.File("bin/serve")} --models models --model all --urls http://127.0.0.1:0", _folder);
        using var client = new HttpClient { BaseAddress = new(_servers.Url!) };
        using var content = new ByteArrayContent(ImageEncoder.Png(Image(4), Side, Side, 1));
        using var response = await client.PostAsync(new Uri("/v1/models/all/classify?top=3", UriKind.Relative), content);
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.Equal(1, answer["predictions"]!.AsArray().Sum(static p => (double)p!["probability"]!), 1e-5);
        Assert.True((double)answer["disagreement"]! >= 0);
    }

    private JsonNode Json(string command)
    {
        var result = Shell.Run($"{command} 2>errors || {{ cat errors; exit 1; }}", _folder).Succeeded();
        return JsonNode.Parse(result.Output.TrimEnd().Split('\n')[^1])!;
    }

    // Three classes of stripes and noise, which a few steps tell apart in part.
    private static byte[] Image(int index)
    {
        var random = new SeededRandom(index);
        return [.. Enumerable.Range(0, Side * Side).Select(i => (byte)((((index % 3) + 1) * (i % Side) * 20 % 200) + random.Below(56)))];
    }

    private void WriteImages(string split, int count) =>
        IdxFiles.Write(Path.Combine(_folder, "images"), split, Side, Enumerable.Range(0, count).SelectMany(Image), [.. Enumerable.Range(0, count).Select(static i => i % 3)]);
}
