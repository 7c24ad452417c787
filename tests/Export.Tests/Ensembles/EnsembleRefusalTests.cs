using Toolchain.Export.Tests.Support;
using Toolchain.Registry;
using Toolchain.Registry.Cli;

namespace Toolchain.Export.Tests.Ensembles;

/// <summary>Whatever fails, the message says what and nothing is published.</summary>
public sealed class EnsembleRefusalTests : IDisposable
{
    private readonly TestModels _models = new();

    public EnsembleRefusalTests() => _models.Publish("a", EnsembleModels.Network("mlp", 1));

    public void Dispose() => _models.Dispose();

    [Fact]
    public Task Other_labels_are_named_with_their_place() => Refused(
        ExitCode.BadInput, "the labels of b:1 are others: label 2 is 'dress', expected 'class 2' as a:1 has it",
        static p => p with { Manifest = p.Manifest with { Labels = [.. TestModels.Labels.Select(static (l, i) => i == 2 ? "dress" : l)] } });

    [Fact]
    public Task Other_classes_are_counted() => Refused(
        ExitCode.BadInput, "b:1 has 7 classes, expected 10 as a:1 has", static p => p with { Manifest = p.Manifest with { Labels = [] } }, EnsembleModels.Network("mlp", 2, classes: 7));

    [Fact]
    public Task Another_task_is_named() => Refused(
        ExitCode.BadInput, "b:1 is for regression, expected classification as a:1 is", static p => p with { Manifest = p.Manifest with { Task = "regression" } });

    [Fact]
    public Task Colours_do_not_go_with_grey() => Refused(
        ExitCode.BadInput, "b:1 takes samples of 3×28×28, expected 1 channels as a:1 has (1×28×28)", graph: EnsembleModels.Network("mlp", 2, new(3, 28, 28)));

    [Fact]
    public Task All_differences_are_named_together() => Refused(
        ExitCode.BadInput, "b:1 has 7 classes, expected 10 as a:1 has; the labels of b:1 are others: label 0 is 'x', expected 'class 0' as a:1 has it",
        static p => p with { Manifest = p.Manifest with { Labels = [.. Enumerable.Repeat("x", 7)] } }, EnsembleModels.Network("mlp", 2, classes: 7));

    [Fact]
    public Task A_fixed_batch_is_refused()
    {
        var graph = EnsembleModels.Network("mlp", 2);
        return Refused(ExitCode.BadInput, "b:1 is made for batches of 1 alone", graph: graph with { Inputs = [graph.Inputs[0] with { Type = new(ElementType.Float32, [1, 1, 28, 28]) }] }, publish: false);
    }

    [Fact]
    public async Task Numbers_that_are_none_are_not_published()
    {
        var graph = EnsembleModels.Network("mlp", 2);
        _models.Publish("b", graph with { Initializers = graph.Initializers.Select(static (_, data) => TensorData.Of<float>([.. Enumerable.Repeat(float.NaN, (int)data.ElementCount)], data.Dimensions.AsSpan())) });
        var run = await _models.Run("ensemble", "a", "b", "--name", "both");

        Assert.Equal((ExitCode.Mismatch, ""), (run.ExitCode, run.Output));
        Assert.Contains("are not all numbers. Nothing was published.", run.Error, StringComparison.Ordinal);
        NothingPublished();
    }

    [Theory]
    [InlineData(ExitCode.Usage, "An ensemble needs at least two different models; a is the only one", "a")]
    [InlineData(ExitCode.Usage, "An ensemble needs at least two different models; a:1 is the only one", "a", "a:1")]
    [InlineData(ExitCode.Usage, "--weights has 3 weights for 2 models", "a", "b", "--weights", "1,2,3")]
    [InlineData(ExitCode.Usage, "every weight must be a finite number, 0 or more", "a", "b", "--weights=-1,2")]
    [InlineData(ExitCode.Usage, "every weight must be a finite number, 0 or more", "a", "b", "--weights", "1,NaN")]
    [InlineData(ExitCode.Usage, "every weight must be a finite number, 0 or more", "a", "b", "--weights", "1,Infinity")]
    [InlineData(ExitCode.Usage, "the sum must be finite and above 0", "a", "b", "--weights", "0,0")]
    [InlineData(ExitCode.Usage, "the sum must be finite and above 0", "a", "b", "--weights", "1.7e308,1.7e308")]
    [InlineData(ExitCode.Usage, "--weights is 'x,1'; expected numbers between commas", "a", "b", "--weights", "x,1")]
    [InlineData(ExitCode.Usage, "Model name '../both' is not allowed", "a", "b", "--name", "../both")]
    [InlineData(ExitCode.Usage, "--soup makes one model, which has no members inside. Leave out --members", "a", "b", "--soup", "--members")]
    [InlineData(ExitCode.Usage, "Leave out --layout", "a", "b", "--soup", "--layout", "auto")]
    [InlineData(ExitCode.Usage, "Argument 'wide' not recognized", "a", "b", "--layout", "wide")]
    [InlineData(ExitCode.BadInput, "nosuch", "a", "nosuch")]
    public async Task A_request_that_makes_no_sense_is_refused(ExitCode exitCode, string message, params string[] args)
    {
        _models.Publish("b", EnsembleModels.Network("mlp", 2));
        var run = await _models.Run(["ensemble", .. args, .. args.Contains("--name") ? Array.Empty<string>() : ["--name", "both"]]);

        Assert.Equal((exitCode, ""), (run.ExitCode, run.Output));
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        NothingPublished();
    }

    [Fact]
    public async Task A_member_of_an_ensemble_that_is_gone_is_named()
    {
        _models.Publish("b", EnsembleModels.Network("mlp", 2));
        _models.Publish("c", EnsembleModels.Network("mlp", 3));
        await _models.Run("ensemble", "b", "c", "--name", "inner");
        _models.Registry.Remove(ModelReference.Parse("c:1"));
        var run = await _models.Run("ensemble", "a", "inner", "--name", "both");

        Assert.Equal(ExitCode.BadInput, run.ExitCode);
        Assert.Contains("Ensemble inner:1 cannot be merged with others: its member c:1 is not in the registry any more", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_member_is_not_read()
    {
        var version = _models.Publish("b", EnsembleModels.Network("mlp", 2));
        var path = Path.Combine(version.Folder, "graph.onnx");
        var bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(path, bytes);
        var run = await _models.Run("ensemble", "a", "b", "--name", "both");

        Assert.Equal(ExitCode.BadInput, run.ExitCode);
        Assert.Contains("of model b:1 is damaged", run.Error, StringComparison.Ordinal);
        NothingPublished();
    }

    private async Task Refused(ExitCode exitCode, string message, Func<TestModels.Parts, TestModels.Parts>? change = null, Graph? graph = null, bool publish = true)
    {
        graph ??= EnsembleModels.Network("mlp", 2);
        if (publish)
        {
            _models.Publish("b", graph, change: change);
        }
        else
        {
            _models.Publish("b", EnsembleModels.Network("mlp", 2), change: p => p with { Graph = graph });
        }

        var run = await _models.Run("ensemble", "a", "b", "--name", "both");
        Assert.Equal((exitCode, ""), (run.ExitCode, run.Output));
        Assert.StartsWith("export: ", run.Error, StringComparison.Ordinal);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        NothingPublished();
    }

    private void NothingPublished() => Assert.DoesNotContain(_models.Registry.List(), static l => l.Name == "both");
}
