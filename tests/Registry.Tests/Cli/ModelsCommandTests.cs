using System.CommandLine;
using System.Text.Json.Nodes;
using Toolchain.Registry.Cli;
using Toolchain.Registry.Tests.Support;

namespace Toolchain.Registry.Tests.Cli;

public sealed class ModelsCommandTests : IDisposable
{
    private readonly TemporaryRegistry temporary = new();

    public void Dispose() => temporary.Dispose();

    [Fact]
    public async Task An_empty_registry_says_that_it_is_empty()
    {
        var run = await Run("list");
        Assert.Equal((ExitCode.Ok, "There are no models in 'ROOT' yet.\n", ""), (run.ExitCode, run.Output, run.Error));
        Assert.Equal("""{"models":[]}""" + "\n", (await Run("list", "--json")).Output);
    }

    [Fact]
    public async Task The_list_has_one_line_for_each_version()
    {
        Fill();
        Golden.Matches("models-list.txt", (await Run("list")).Output);
    }

    [Fact]
    public async Task With_json_the_table_goes_to_standard_error_and_one_line_to_standard_output()
    {
        Fill();
        var run = await Run("list", "--json");
        Assert.Equal((await Run("list")).Output, run.Error);
        Assert.Single(run.Output.TrimEnd('\n').Split('\n'));
        var models = JsonNode.Parse(run.Output)!["models"]!.AsArray();
        Assert.Equal(["cifar:1", "mnist:1", "mnist:2"], models.Select(model => (string?)model!["model"]));
        Assert.Equal(0.9124, (double)models[2]!["accuracy"]!);
        Assert.Equal("production", (string?)models[1]!["aliases"]![0]);
    }

    [Fact]
    public async Task A_damaged_version_is_listed_with_a_warning()
    {
        Fill();
        File.WriteAllText(temporary.PathOf("mnist", "2", "manifest.json"), "{}");
        var run = await Run("list");
        Assert.Contains("mnist:2  -           (its manifest cannot be read)", run.Output, StringComparison.Ordinal);
        Assert.StartsWith("warning: Cannot read manifest 'ROOT/mnist/2/manifest.json'", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Showing_a_version_tells_everything_known_about_it()
    {
        Fill();
        Golden.Matches("models-show.txt", (await Run("show", "mnist@production")).Output);
    }

    [Fact]
    public async Task Showing_an_imported_version_tells_what_it_was_imported_from()
    {
        Fill();
        Golden.Matches("models-show-imported.txt", (await Run("show", "cifar")).Output);
    }

    [Fact]
    public async Task Showing_with_json_gives_the_manifest_itself()
    {
        Fill();
        var result = JsonNode.Parse((await Run("show", "mnist:2", "--json")).Output)!;
        Assert.Equal("mnist:2", (string?)result["model"]);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(File.ReadAllText(temporary.PathOf("mnist", "2", "manifest.json"))), result["manifest"]));
    }

    [Fact]
    public async Task An_unknown_model_is_bad_input_with_the_nearest_name()
    {
        Fill();
        var run = await Run("show", "mnits");
        Assert.Equal((ExitCode.BadInput, ""), (run.ExitCode, run.Output));
        Assert.Equal("train: Cannot find model 'mnits' in registry 'ROOT'. There is no model of that name. Did you mean 'mnist'? It has: cifar, mnist.\n", run.Error);
    }

    [Fact]
    public async Task An_alias_is_set_moved_and_removed()
    {
        Fill();
        Assert.Equal("mnist@production is now mnist:2.\n", (await Run("alias", "mnist@production", "2")).Output);
        Assert.Equal(2, temporary.Registry.Resolve("mnist@production").Version);
        Assert.Equal("""{"alias":"mnist@production","version":null}""" + "\n", (await Run("alias", "mnist@production", "--remove", "--json")).Output);
        Assert.Equal(ExitCode.BadInput, (await Run("show", "mnist@production")).ExitCode);
    }

    [Theory]
    [InlineData("mnist", "2", "'mnist' names no alias. Expected NAME@ALIAS, for example mnist@production.")]
    [InlineData("mnist@x", null, "Expected either a VERSION to point the alias at, or --remove.")]
    [InlineData("mnist@../x", "2", "Alias '../x' is not allowed.")]
    [InlineData("mnist@x", "two", "Cannot parse argument 'two'")]
    public async Task An_alias_command_that_says_too_little_is_a_usage_error(string alias, string? version, string message)
    {
        var run = await Run(["alias", alias, .. version is null ? Array.Empty<string>() : [version]]);
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verifying_ends_with_1_and_every_fault_when_something_is_wrong()
    {
        Fill();
        var sound = await Run("verify");
        Assert.Equal((ExitCode.Ok, "3 versions, 6 artifacts, 14.8 KiB: all sound.\n"), (sound.ExitCode, sound.Output));
        File.Delete(temporary.PathOf("mnist", "2", "graph.onnx"));
        Directory.CreateDirectory(temporary.PathOf("mnist", ".new-dead"));
        var run = await Run("verify");
        Assert.Equal(ExitCode.CheckFailed, run.ExitCode);
        Assert.Equal(
            """
            fault: Artifact 'ROOT/mnist/2/graph.onnx' is damaged: the file is missing.
            left behind: ROOT/mnist/.new-dead
            3 versions, 6 artifacts, 14.8 KiB: 1 fault.
            What was left behind does no harm; 'models gc' deletes it.

            """, run.Output);
        Assert.Equal(ExitCode.Ok, (await Run("verify", "mnist:1")).ExitCode);
        Assert.Single(JsonNode.Parse((await Run("verify", "--json")).Output)!["faults"]!.AsArray());
    }

    [Fact]
    public async Task Removing_is_refused_for_a_version_in_use_and_forced_when_meant()
    {
        Fill();
        Assert.Equal((ExitCode.Usage, "train: Model mnist:1 is in use: mnist@production points to it. Point it elsewhere first, or remove both with --force.\n"), Answer(await Run("remove", "mnist:1")));
        Assert.Equal("""{"removed":"mnist:1"}""" + "\n", (await Run("remove", "mnist@production", "--force", "--json")).Output);
        Assert.Equal((ExitCode.BadInput, "train: Cannot find model 'mnist:1' in registry 'ROOT'. Its only version is 2.\n"), Answer(await Run("remove", "mnist:1")));
    }

    [Fact]
    public async Task Collecting_names_what_it_deleted()
    {
        Fill();
        Assert.Equal("Nothing was left behind.\n", (await Run("gc")).Output);
        Directory.CreateDirectory(temporary.PathOf("mnist", ".new-dead"));
        File.WriteAllText(temporary.PathOf("mnist", ".new-dead", "graph.onnx"), "half");
        Assert.Equal("deleted ROOT/mnist/.new-dead\n4 B freed.\n", (await Run("gc")).Output);
    }

    private void Fill()
    {
        temporary.Publish();
        var second = temporary.Publish();
        temporary.Registry.AddArtifact(second, ArtifactKinds.Model, "model.onnx", Samples.Writes([1], Samples.Graph()));
        temporary.Registry.SetAlias("mnist", "production", 1);
        using var draft = temporary.Registry.NewVersion("cifar");
        draft.Add(ArtifactKinds.Graph, "graph.onnx", Samples.Writes(Samples.Bytes(4_000), Samples.Graph() with { Parity = new(3.1e-6, 1e-4), Accuracy = 0.5 }));
        draft.Publish(Samples.Manifest() with { Network = null, Training = null, Labels = [], Metrics = new Dictionary<string, SplitMetrics>(), Parents = [], Import = new ImportSpec("resnet.onnx", "00ff", "pytorch 2.9") });
    }

    private async Task<CommandRun> Run(params string[] args)
    {
        var program = new Command("train", "Trains image models.") { new ModelsCommand() };
        var run = await CommandRun.Of(program, ["models", .. args, "--models", temporary.Root]);
        return run with { Output = run.Output.Replace(temporary.Root, "ROOT", StringComparison.Ordinal), Error = run.Error.Replace(temporary.Root, "ROOT", StringComparison.Ordinal) };
    }

    private static (ExitCode, string) Answer(CommandRun run) => (run.ExitCode, run.Error);
}
