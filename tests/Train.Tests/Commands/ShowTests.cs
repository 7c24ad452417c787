using Toolchain.Data;
using Toolchain.Networks;
using Toolchain.Registry.Cli;
using Toolchain.Train.Tests.Support;

namespace Toolchain.Train.Tests.Commands;

/// <summary>The commands that only show something: <c>networks</c>, <c>describe</c>, <c>data</c>.</summary>
public sealed class ShowTests
{
    private readonly Workplace _work = new();

    [Fact]
    public async Task The_networks_are_listed_with_their_arguments()
    {
        Golden.Matches("networks.txt", (await _work.CallAsync("networks")).Output);
        var result = (await _work.CallAsync("networks", "--json")).Result.AsArray();
        Assert.Equal(NetworkCatalog.All.Select(static n => n.Name), result.Select(static n => (string)n!["name"]!));
        Assert.Equal("full|small", (string)result.Single(static n => (string)n!["name"]! == "cnnnet")!["options"]![0]!["values"]!);
    }

    [Theory]
    [InlineData("describe-mlp.txt", "mlp")]
    [InlineData("describe-cnnnet-small.txt", "cnnnet", "--set", "size=small")]
    [InlineData("describe-cnnnet-full.txt", "cnnnet", "--input", "3x224x224", "--classes", "1000")]
    [InlineData("describe-resblocks.txt", "resblocks", "--set", "blocks=2", "--set", "width=8")]
    public async Task A_description_shows_every_layer(string golden, params string[] args) =>
        Golden.Matches(golden, (await _work.CallAsync(["describe", .. args])).Output);

    [Fact]
    public async Task A_description_for_machines_has_the_same_numbers()
    {
        var run = await _work.CallAsync("describe", "resblocks", "--set", "blocks=100", "--json");
        Assert.Equal(ExitCode.Ok, run.ExitCode);
        var result = run.Result;
        Assert.Equal(["name", "input", "outputs", "changes", "parameters", "multiply_adds", "activation_bytes", "layers"], result.AsObject().Select(static p => p.Key));
        Assert.Equal((320 + (100 * 9_280) + 50_208 + 330, 320 + (100 * 9_344) + 50_208 + 330), ((int)result["parameters"]!["trainable"]!, (int)result["parameters"]!["total"]!));
        Assert.Equal(("float32 [N, 1, 28, 28]", "logits float32 [N, 10]"), ((string)result["input"]!, (string)result["outputs"]![0]!));
        var layers = result["layers"]!.AsArray();
        Assert.Equal(8 + 400, layers.Count);
        Assert.Equal("""{"name":"conv1","operator":"Conv","output":[1,32,28,28],"parameters":320,"buffers":0,"multiply_adds":225792,"activation_bytes":100352,"receptive_field":3,"same_padding":1}""", layers[0]!.ToJsonString());
        Assert.Equal((int)result["multiply_adds"]!, layers.Sum(static l => (int)l!["multiply_adds"]!));
        Assert.StartsWith("resblocks: input float32 [N, 1, 28, 28] → logits float32 [N, 10]\n", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_published_model_is_described_as_it_was_trained()
    {
        await _work.TrainAsync("mlp", "--set", "hidden=4", "--data", SmallData.Tiny, "--steps", "1", "--name", "tiny");
        var described = await _work.CallAsync("describe", "mlp", "--set", "hidden=4");
        Assert.Equal(described.Output, (await _work.CallAsync("describe", "tiny")).Output);
        Assert.Equal(described.Output, (await _work.CallAsync("describe", "tiny:1")).Output);
        var idle = await _work.CallAsync("describe", "tiny", "--input", "1x28x28", "--set", "hidden=4");
        Assert.Equal((ExitCode.Usage, "train: --set, --input: model tiny was built with its own. Leave out what has no effect, or name a network of the catalog.\n"), (idle.ExitCode, idle.Error));
    }

    [Theory]
    [InlineData(ExitCode.Usage, "'cnnet' is neither a network nor a model. Did you mean 'cnnnet'?", "cnnet")]
    [InlineData(ExitCode.BadInput, "Cannot find model 'cnnnet:7'", "cnnnet:7")]
    [InlineData(ExitCode.Usage, "Image size '28x28' is not understood. Expected CxHxW, for example 3x224x224.", "mlp", "--input", "28x28")]
    [InlineData(ExitCode.Usage, "--classes must be at least 1.", "mlp", "--classes", "0")]
    [InlineData(ExitCode.Usage, "Network 'cnnnet' does not take 1x28x28 images", "cnnnet")]
    public async Task What_cannot_be_described_is_told(ExitCode exitCode, string message, params string[] args)
    {
        var run = await _work.CallAsync(["describe", .. args]);
        Assert.Equal(exitCode, run.ExitCode);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_data_set_is_counted_measured_and_sampled()
    {
        var folder = _work.PathOf("samples");
        var run = await _work.CallAsync("data", SmallData.Tiny, "--samples", folder, "--count", "12");
        Golden.Matches("data.txt", run.Output.Replace(SmallData.Tiny, "idx:DIR", StringComparison.Ordinal));

        // One image of each class in turn, under the number that it has in the test split.
        var files = Directory.GetFiles(folder).Select(static f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal).ToArray();
        Assert.Equal(12, files.Length);
        var test = DatasetCatalog.Open(SmallData.Tiny).Test;
        Assert.Equal(10, files.Select(static f => f[5..]).Distinct().Count());
        foreach (var file in files)
        {
            var index = int.Parse(file[..4], System.Globalization.CultureInfo.InvariantCulture);
            var image = new byte[28 * 28];
            ImageDecoder.Decode(File.ReadAllBytes(Path.Combine(folder, file + ".png")), image, 1, 28, 28);
            Assert.Equal(test.Image(index).ToArray(), image);
        }

        var result = (await _work.CallAsync("data", SmallData.Tiny, "--json")).Result;
        Assert.Equal((1, 28, 28, 10), ((int)result["channels"]!, (int)result["height"]!, (int)result["width"]!, result["classes"]!.AsArray().Count));
        Assert.Equal((320, 64), (result["classes"]!.AsArray().Sum(static c => (int)c!["train"]!), result["classes"]!.AsArray().Sum(static c => (int)c!["test"]!)));
    }

    [Fact]
    public async Task A_table_is_described_by_its_columns()
    {
        var file = _work.PathOf("prices.csv");
        await File.WriteAllLinesAsync(file, ["rooms,area,price", .. Enumerable.Range(1, 10).Select(static i => $"{i % 4},{30 + (5 * i)},{1000 * i}")]);
        var run = await _work.CallAsync("data", $"csv:{file}");
        Golden.Matches("data-csv.txt", run.Output);
        var result = (await _work.CallAsync("data", $"csv:{file}", "--json")).Result;
        Assert.Equal(("regression", 8, 2), ((string)result["task"]!, (int)result["train_samples"]!, (int)result["test_samples"]!));
        Assert.Equal(("rooms", "area", "price"), ((string)result["columns"]![0]!, (string)result["columns"]![1]!, (string)result["targets"]![0]!));

        var refused = await _work.CallAsync("data", $"csv:{file}", "--samples", _work.PathOf("none"));
        Assert.Equal((ExitCode.Usage, "train: --samples writes images, but csv:ROOT/prices.csv is a table. Leave it out.\n"), (refused.ExitCode, refused.Error));
    }

    [Fact]
    public async Task Masked_images_are_described_by_the_pixels_of_each_class_and_sampled_with_their_masks()
    {
        var folder = _work.PathOf("shapes");
        foreach (var (part, name, mask) in ((string, string, byte[])[])[("train", "a", [0, 0, 1, 255]), ("train", "b", [0, 1, 1, 1]), ("test", "c", [1, 0, 0, 0])])
        {
            Directory.CreateDirectory(Path.Combine(folder, part, "images"));
            Directory.CreateDirectory(Path.Combine(folder, part, "masks"));
            await File.WriteAllBytesAsync(Path.Combine(folder, part, "images", $"{name}.png"), ImageEncoder.Png([0, 51, 102, 255], 2, 2, 1));
            await File.WriteAllBytesAsync(Path.Combine(folder, part, "masks", $"{name}.png"), ImageEncoder.Png(mask, 2, 2, 1));
        }

        await File.WriteAllLinesAsync(Path.Combine(folder, "classes.txt"), ["ground", "shape"]);
        var samples = _work.PathOf("samples");
        var run = await _work.CallAsync("data", $"masks:{folder}", "--samples", samples);
        Golden.Matches("data-masks.txt", run.Output);
        var written = new byte[4];
        ImageDecoder.Decode(await File.ReadAllBytesAsync(Path.Combine(samples, "0000-mask.png")), written, 1, 2, 2);
        Assert.Equal([1, 0, 0, 0], written);
    }

    [Fact]
    public async Task A_count_without_samples_has_no_effect_and_is_refused()
    {
        var run = await _work.CallAsync("data", SmallData.Tiny, "--count", "3");
        Assert.Equal((ExitCode.Usage, "train: --count belongs to --samples. Leave out what has no effect.\n"), (run.ExitCode, run.Error));
    }
}
