using System.Text;
using System.Text.Json.Nodes;
using Toolchain.Registry.Tests.Support;

namespace Toolchain.Registry.Tests;

public sealed class ManifestTests : IDisposable
{
    private readonly TemporaryRegistry temporary = new();

    public void Dispose() => temporary.Dispose();

    [Fact]
    public void A_manifest_that_is_read_and_written_again_is_the_same_file()
    {
        temporary.Publish();
        var path = temporary.PathOf("mnist", "1", "manifest.json");
        Assert.Equal(File.ReadAllText(path), Encoding.UTF8.GetString(ManifestFile.Write(ManifestFile.Read(path))));
    }

    [Fact]
    public void The_file_is_what_the_documentation_shows()
    {
        temporary.Publish();
        Golden.Matches("manifest.json", File.ReadAllText(temporary.PathOf("mnist", "1", "manifest.json")));
    }

    [Fact]
    public void A_manifest_of_the_first_schema_is_read_and_becomes_one_of_the_current()
    {
        var version = temporary.Publish();
        var path = temporary.PathOf("mnist", "1", "manifest.json");
        var json = JsonNode.Parse(ManifestFile.Write(version.Manifest))!.AsObject();
        json["schema_version"] = 1;
        json["metrics"]!["test"]!.AsObject().Remove("values");
        File.WriteAllText(path, json.ToJsonString());

        var read = temporary.Registry.Resolve("mnist");
        Assert.Equal(new SplitMetrics(10000, 0.9124, 0.2512), read.Manifest.Metrics["test"]);
        temporary.Registry.AddArtifact(read, "notes", "notes.txt", Samples.Writes([1]));
        Assert.Equal(ModelManifest.CurrentSchemaVersion, (int)JsonNode.Parse(File.ReadAllText(path))!["schema_version"]!);
    }

    [Fact]
    public void Samples_of_a_table_are_a_word_and_those_of_images_are_not_mentioned()
    {
        var images = Samples.Manifest();
        var table = images with { Preprocessing = new(2, 1, 1, [1, 2], [3, 4]) { Samples = SampleKind.Numbers } };
        Assert.DoesNotContain("samples", Encoding.UTF8.GetString(ManifestFile.Write(images)), StringComparison.Ordinal);
        Assert.Equal("numbers", (string?)JsonNode.Parse(ManifestFile.Write(table))!["preprocessing"]!["samples"]);

        var path = temporary.PathOf("mnist", "1", "manifest.json");
        temporary.Publish();
        File.WriteAllBytes(path, ManifestFile.Write(table));
        Assert.Equal(table.Preprocessing, ManifestFile.Read(path).Preprocessing);
        foreach (var wrong in new[] { "\"tables\"", "1" })
        {
            var json = JsonNode.Parse(ManifestFile.Write(table))!.AsObject();
            json["preprocessing"]!["samples"] = JsonNode.Parse(wrong);
            File.WriteAllText(path, json.ToJsonString());
            Refused(path, "samples");
        }
    }

    [Fact]
    public void The_members_of_an_ensemble_are_its_parents_with_weights()
    {
        var member = new ParentSpec("mnist:2", ParentRoles.Member) { Weight = 0.25, Sha256 = new string('a', 64) };
        var ensemble = Samples.Manifest() with { Parents = [new ParentSpec("mnist:1", ParentRoles.InitialWeights), member] };
        var path = temporary.PathOf("mnist", "1", "manifest.json");
        temporary.Publish();
        File.WriteAllBytes(path, ManifestFile.Write(ensemble));

        Assert.Equal(ensemble.Parents, ManifestFile.Read(path).Parents);
        Assert.Equal([member], ManifestFile.Read(path).Members);
        Assert.Null(JsonNode.Parse(File.ReadAllText(path))!["members"]);
    }

    [Fact]
    public void Metrics_that_are_no_numbers_are_left_out()
    {
        var metrics = SplitMetrics.Of(3, 0.5, double.NaN, [new("r2", double.NaN), new("mse", 2)]);
        Assert.Equal((3, 0.5, null), (metrics.Images, metrics.Accuracy, metrics.Loss));
        Assert.Equal([new("mse", 2)], metrics.Values!);
        Assert.Null(SplitMetrics.Of(3, null, 1, [new("r2", double.PositiveInfinity)]).Values);
    }

    [Fact]
    public void Maps_are_written_in_one_order_however_they_were_filled()
    {
        var forward = Samples.Manifest();
        var backward = forward with { Metrics = forward.Metrics.Reverse().ToDictionary() };
        Assert.Equal(ManifestFile.Write(forward), ManifestFile.Write(backward));
    }

    [Fact]
    public void Changing_a_map_after_it_was_given_changes_no_manifest()
    {
        var metrics = new Dictionary<string, SplitMetrics> { ["test"] = new(1) };
        var manifest = Samples.Manifest() with { Metrics = metrics };
        metrics.Clear();
        Assert.Single(manifest.Metrics);
    }

    [Theory]
    [InlineData("schema_version", "5", "schema_version is 5, and this toolchain (")]
    [InlineData("schema_version", "0", "knows 1 to 4")]
    [InlineData("schema_version", "\"1\"", "there is no schema_version")]
    [InlineData("schema_version", null, "there is no schema_version")]
    [InlineData("task", null, "task")]
    [InlineData("labels", "null", "labels")]
    [InlineData("invented", "1", "invented")]
    [InlineData("artifacts", """[{"kind":"graph","file":"../../secret","bytes":1,"sha256":"0","created":"2026-01-31T12:00:00+00:00","inputs":[],"outputs":[]}]""", "'../../secret' cannot be an artifact's file name; artifact '../../secret' has the SHA-256 '0'")]
    public void A_manifest_that_says_something_else_is_refused_with_its_path_and_the_reason(string field, string? value, string reason)
    {
        var version = temporary.Publish();
        var path = temporary.PathOf("mnist", "1", "manifest.json");
        var json = JsonNode.Parse(ManifestFile.Write(version.Manifest))!.AsObject();
        json.Remove(field);
        if (value is not null)
        {
            json.Add(field, JsonNode.Parse(value));
        }

        File.WriteAllText(path, json.ToJsonString());
        Refused(path, reason);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"schema_version\":1")]
    public void A_damaged_manifest_is_refused_with_its_path(string text)
    {
        temporary.Publish();
        var path = temporary.PathOf("mnist", "1", "manifest.json");
        File.WriteAllText(path, text);
        Refused(path, "it is not a manifest");
    }

    [Fact]
    public void A_version_without_a_manifest_is_bad_input_and_not_a_defect()
    {
        temporary.Publish();
        File.Delete(temporary.PathOf("mnist", "1", "manifest.json"));
        Refused(temporary.PathOf("mnist", "1", "manifest.json"), "the file is missing");
    }

    [Theory]
    [InlineData("0.1.0+abc", "0.1.0", "abc")]
    [InlineData("0.1.0", "0.1.0", null)]
    public void The_tool_is_the_version_and_the_commit_that_the_build_stamped(string stamp, string version, string? commit)
        => Assert.Equal(new ToolSpec(version, commit), ToolSpec.FromInformationalVersion(stamp));

    private void Refused(string path, string reason)
    {
        var refusal = Assert.Throws<ToolchainException>(() => temporary.Registry.Resolve("mnist"));
        Assert.Equal(ErrorKind.BadInput, refusal.Kind);
        Assert.Contains($"'{path}'", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
    }
}
