using Toolchain.Export.Tests.Support;
using Toolchain.Graphs.Onnx;
using Toolchain.Registry;
using Toolchain.Registry.Cli;

namespace Toolchain.Export.Tests.Exporting;

/// <summary>Whatever fails, the message says what and the version stays as it was.</summary>
public sealed class RefusalTests : IDisposable
{
    private readonly TestModels _models = new();

    public void Dispose() => _models.Dispose();

    [Fact]
    public Task Logits_that_are_not_the_probes_publish_nothing() => Refused(
        ExitCode.Mismatch,
        "export: The export of model mlp:1 does not compute what its trainer computed: the logits of the probe's 8 images differ by up to 0.5",
        static p => p with { Logits = Shifted(p.Logits, 0.5f) });

    [Fact]
    public Task A_probe_that_is_no_number_publishes_nothing() => Refused(ExitCode.Mismatch, "the logits of the probe's 8 images are not all numbers", static p => p with { Logits = Shifted(p.Logits, float.NaN) });

    [Fact]
    public Task A_model_without_a_probe_is_not_exported_unproven() => Refused(ExitCode.BadInput, "Model mlp:1 has no probe", static p => p with { Pixels = null });

    [Fact]
    public Task A_probe_of_other_images_is_named() => Refused(
        ExitCode.BadInput, "'pixels' must be uint8 [n, 28, 28, 1] with n ≥ 1, found uint8 [4, 28, 28, 2]", static p => p with { Pixels = p.Pixels!.Reshape([4, 28, 28, 2]) });

    [Fact]
    public Task A_model_without_a_graph_says_what_it_has() => Refused(ExitCode.BadInput, "Model mlp:1 has no artifact 'graph'. It has: probe.safetensors (probe).", static p => p with { Graph = null });

    [Fact]
    public Task Labels_that_do_not_fit_the_logits_are_counted() => Refused(
        ExitCode.BadInput, "its graph gives 10 logits per image, its manifest has 3 labels, and its probe 10 logits", static p => p with { Manifest = p.Manifest with { Labels = ["a", "b", "c"] } });

    [Fact]
    public Task A_graph_for_other_images_is_refused() => Refused(
        ExitCode.BadInput,
        "expected an input float32 [N, 1, 14, 56], found 'input' float32 [N, 1, 28, 28]",
        static p => p with { Manifest = p.Manifest with { Preprocessing = p.Manifest.Preprocessing with { Height = 14, Width = 56 } }, Pixels = p.Pixels!.Reshape([8, 14, 56, 1]) });

    [Fact]
    public async Task A_damaged_graph_is_not_read()
    {
        var version = _models.Publish("mlp");
        var path = Path.Combine(version.Folder, "graph.onnx");
        var bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(path, bytes);

        await Refused(version, ExitCode.BadInput, "Artifact 'FOLDER/models/mlp/1/graph.onnx' of model mlp:1 is damaged");
    }

    [Fact]
    public async Task A_graph_that_was_published_cut_off_is_named_with_the_place()
    {
        var whole = _models.Publish("mlp");
        var bytes = File.ReadAllBytes(Path.Combine(whole.Folder, "graph.onnx"));
        using var draft = _models.Registry.NewVersion("cut");
        draft.Add(ArtifactKinds.Graph, "graph.onnx", path =>
        {
            File.WriteAllBytes(path, bytes[..(bytes.Length / 2)]);
            return new();
        });
        draft.Add(ArtifactKinds.Probe, ArtifactFiles.Probe, path =>
        {
            File.Copy(Path.Combine(whole.Folder, "probe.safetensors"), path);
            return new();
        });

        await Refused(draft.Publish(whole.Manifest), ExitCode.BadInput, "export: Cannot read 'FOLDER/models/cut/1/graph.onnx': ");
    }

    [Theory]
    [InlineData(ExitCode.BadInput, "nosuch")]
    [InlineData(ExitCode.Usage, "mlp", "--input", "rgb")]
    [InlineData(ExitCode.Usage, "mlp", "--opset", "12")]
    [InlineData(ExitCode.Usage, "mlp", "--opset", "99")]
    [InlineData(ExitCode.Usage, "mlp", "--batch", "0")]
    [InlineData(ExitCode.Usage, "mlp", "--data", "nosuch")]
    [InlineData(ExitCode.Usage, "mlp", "--name", "../model.onnx")]
    [InlineData(ExitCode.Usage, "mlp", "--output", "no/such/folder/model.onnx")]
    public async Task A_request_that_cannot_be_met_changes_nothing(ExitCode exitCode, params string[] args)
    {
        var version = _models.Publish("mlp");
        var files = TestModels.Files(version);
        var run = await _models.Run(["onnx", .. args]);

        Assert.Equal((exitCode, ""), (run.ExitCode, run.Output));
        Assert.StartsWith("export: ", run.Error, StringComparison.Ordinal);
        Assert.Equal(files, TestModels.Files(version));
    }

    [Fact]
    public async Task Data_of_other_classes_is_refused_with_both_lists()
    {
        var version = _models.Publish("mlp");
        TestData.Write(_models.Folder["data"], version, wrong: 0, images: 10);
        File.WriteAllLines(Path.Combine(_models.Folder["data"], "labels.txt"), Enumerable.Range(0, 10).Select(static i => $"digit {i}"));
        var run = await _models.Run("onnx", "mlp", "--data", $"idx:{_models.Folder["data"]}");

        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains("has the classes digit 0, digit 1", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_copy_that_cannot_be_written_says_that_the_model_is_published()
    {
        var version = _models.Publish("mlp");
        Directory.CreateDirectory(_models.Folder["copies"]);
        var run = await _models.Run("onnx", "mlp", "--output", Path.Combine(_models.Folder["copies"], new string('n', 240)));

        Assert.Equal(ExitCode.CheckFailed, run.ExitCode);
        Assert.Contains("The model is published as 'FOLDER/models/mlp/1/model.onnx', but its copy", run.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_models.Folder["copies"]));
        Assert.Contains("model.onnx", TestModels.Files(version));
    }

    [Fact]
    public void A_disk_that_is_full_leaves_nothing()
    {
        var version = _models.Publish("mlp");
        var files = TestModels.Files(version);
        var (exitCode, error) = ExportProcess.RunLimited(blocks: 500, "onnx", "mlp", "--models", _models.Root);

        Assert.Equal((int)ExitCode.CheckFailed, exitCode);
        Assert.Matches("^export: Cannot write '.*model.onnx.*': the file would be larger than is allowed here", error);
        Assert.Equal(files, TestModels.Files(version));
    }

    [Fact]
    public async Task Ctrl_C_while_the_accuracy_is_measured_leaves_nothing()
    {
        var version = _models.Publish("resblocks");
        TestData.Write(_models.Folder["data"], version, wrong: 0, images: 2_000);
        var files = TestModels.Files(version);
        using var stop = new CancellationTokenSource();
        using var ended = new CancellationTokenSource();
        var watching = Task.Run(() => StopOnceWritten(version.Folder, stop, ended.Token));

        var run = await _models.Run(stop.Token, "onnx", "resblocks", "--data", $"idx:{_models.Folder["data"]}", "--batch", "1");
        await ended.CancelAsync();
        await watching;

        Assert.Equal((ExitCode.Cancelled, "", "export: stopped.\n"), (run.ExitCode, run.Output, run.Error));
        Assert.Equal(files, TestModels.Files(version));
    }

    // The file lies in a hidden folder until it is proven; once it is there, all that is left to do is to measure.
    private static void StopOnceWritten(string folder, CancellationTokenSource stop, CancellationToken ended)
    {
        var everything = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0, IgnoreInaccessible = true };
        while (!ended.IsCancellationRequested)
        {
            if (Directory.EnumerateFiles(folder, "model.onnx", everything).Any())
            {
                stop.Cancel();
                return;
            }

            Thread.Yield();
        }
    }

    private Task Refused(ExitCode exitCode, string message, Func<TestModels.Parts, TestModels.Parts> change) => Refused(_models.Publish("mlp", change: change), exitCode, message);

    private async Task Refused(ModelVersion version, ExitCode exitCode, string message)
    {
        var files = TestModels.Files(version);
        var run = await _models.Run("onnx", version.ToString());

        Assert.Equal((exitCode, ""), (run.ExitCode, run.Output));
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.Equal(files, TestModels.Files(version));
        Assert.Null(_models.Registry.Resolve(version.Reference).Manifest.Find(ArtifactKinds.Model));
    }

    private static TensorData Shifted(TensorData logits, float by)
    {
        var values = logits.Values<float>().ToArray();
        values[3] += by;
        return TensorData.Of<float>(values, logits.Dimensions.AsSpan());
    }
}
