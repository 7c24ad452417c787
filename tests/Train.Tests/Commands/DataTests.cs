using Toolchain.Data;
using Toolchain.Registry;
using Toolchain.Registry.Cli;
using Toolchain.Train.Tests.Support;

namespace Toolchain.Train.Tests.Commands;

/// <summary>Data sets of files: how they are shown, divided, trained on and found again.</summary>
public sealed class DataTests
{
    private readonly Workplace _work = new();

    [Fact]
    public async Task A_folder_of_images_is_described_with_its_duplicates_and_drawn()
    {
        Pictures(24);
        File.Copy(_work.PathOf("shapes/bar/001.png"), _work.PathOf("shapes/bar/copy.png"));
        File.Copy(_work.PathOf("shapes/bar/001.png"), _work.PathOf("shapes/dot/wrong.png"));
        await File.WriteAllBytesAsync(_work.PathOf("shapes/dot/broken.png"), [1, 2, 3]);
        var refused = await _work.CallAsync("data", Shapes);
        Assert.Equal(ExitCode.BadInput, refused.ExitCode);
        Assert.Contains("ROOT/shapes/dot/broken.png: The data is not an image", refused.Error, StringComparison.Ordinal);

        var sheet = _work.PathOf("sheet.png");
        var run = await _work.CallAsync("data", Shapes, "--skip-bad", "--sheet", sheet, "--cache", "off");
        Golden.Matches("data-folder.txt", run.Output);
        Assert.Contains("left out 1 unreadable file\n", run.Error, StringComparison.Ordinal);
        Assert.Contains("ROOT/shapes/dot/broken.png", run.Error, StringComparison.Ordinal);

        // Two rows of ten pictures, enlarged from 8 to 48 pixels, with gaps of 4.
        var header = ImageDecoder.Read(await File.ReadAllBytesAsync(sheet));
        Assert.Equal(((2 * 52) + 4, (10 * 52) + 4), (header.Height, header.Width));

        var result = (await _work.CallAsync("data", Shapes, "--skip-bad", "--json")).Result;
        Assert.Equal((1, 2), ((int)result["duplicates"]!["contradictions"]!, ((int)result["duplicates"]!["exact"]!["train"]!) + (int)result["duplicates"]!["exact"]!["across"]! + (int)result["duplicates"]!["exact"]!["test"]!));
        Assert.Single(result["skipped"]!.AsArray());
        Assert.Equal((8, 8, 26), ((int)result["sizes"]![0]!["height"]!, (int)result["sizes"]![0]!["width"]!, (int)result["sizes"]![0]!["files"]!));
    }

    [Fact]
    public async Task A_model_of_image_files_remembers_its_data_and_is_measured_on_it_at_its_own_size()
    {
        Pictures(40);
        await _work.TrainAsync("mlp", "--set", "hidden=4", "--data", Shapes, "--image-size", "6x5", "--steps", "2", "--batch", "8", "--name", "shapes");
        var manifest = _work.Registry.Resolve("shapes").Manifest;
        var data = DatasetCatalog.Open(Shapes, new() { Cache = null });
        Assert.Equal((1, 6, 5), (manifest.Preprocessing.Channels, manifest.Preprocessing.Height, manifest.Preprocessing.Width));
        Assert.Equal((data.Train.ContentHash, data.Test.ContentHash), (manifest.Training!.Data.ContentHash, manifest.Training.Data.TestHash));
        Assert.Equal(new SplitSpec("stratified", new SplitPlan().Divide(data).Hash) { Seed = 0 }, manifest.Training.Data.Split);
        foreach (var split in new[] { "test", "validation", "train" })
        {
            var measured = (await _work.CallAsync("evaluate", "shapes", "--data", Shapes, "--split", split, "--cache", "off", "--json")).Result;
            Assert.Equal(manifest.Training.Data.Counts[split], (int)measured["images"]!);
        }

        Assert.Contains("split       stratified, seed 0, ", (await _work.CallAsync("models", "show", "shapes")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Folds_are_recorded_and_found_again()
    {
        await _work.TrainAsync("mlp", "--set", "hidden=4", "--data", SmallData.Tiny, "--steps", "2", "--folds", "4", "--fold", "2", "--seed", "5", "--name", "fold");
        var spec = _work.Registry.Resolve("fold").Manifest.Training!.Data;
        Assert.Equal((80L, 240L), (spec.Counts["validation"], spec.Counts["train"]));
        Assert.Equal(("folds", 5L, 4, 2), (spec.Split!.Method, spec.Split.Seed, spec.Split.Folds, spec.Split.Fold));
        Assert.Equal(80, (int)(await _work.CallAsync("evaluate", "fold", "--data", SmallData.Tiny, "--split", "validation", "--json")).Result["images"]!);
    }

    [Fact]
    public async Task A_written_split_is_trained_on_and_measured_with()
    {
        Pictures(40);
        var file = _work.PathOf("split.csv");
        Assert.Equal(ExitCode.Ok, (await _work.CallAsync("data", Shapes, "--folds", "4", "--fold", "3", "--write-split", file)).ExitCode);
        var lines = await File.ReadAllLinesAsync(file);
        Assert.Equal((41, 8), (lines.Length, lines.Count(static l => l.EndsWith(",validation", StringComparison.Ordinal))));

        // What was first in training is for the test now.
        var moved = Array.FindIndex(lines, static l => l.EndsWith(",train", StringComparison.Ordinal));
        lines[moved] = lines[moved].Replace(",train", ",test", StringComparison.Ordinal);
        await File.WriteAllLinesAsync(file, lines);
        await _work.TrainAsync("mlp", "--set", "hidden=4", "--data", Shapes, "--split", file, "--steps", "1", "--batch", "8", "--name", "split");
        var spec = _work.Registry.Resolve("split").Manifest.Training!.Data;
        Assert.Equal("test=9 train=23 validation=8", string.Join(' ', spec.Counts.Select(static p => $"{p.Key}={p.Value}")));
        Assert.Equal(("file", file), (spec.Split!.Method, spec.Split.File));
        Assert.Equal(9, (int)(await _work.CallAsync("evaluate", "split", "--data", Shapes, "--json")).Result["images"]!);

        lines[moved] = lines[moved].Replace(",test", ",validation", StringComparison.Ordinal);
        await File.WriteAllLinesAsync(file, lines);
        var changed = await _work.CallAsync("evaluate", "split", "--data", Shapes, "--split", "validation");
        Assert.NotEqual(ExitCode.Ok, changed.ExitCode);
        Assert.Contains("split", changed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Validation_images_that_the_data_names_are_used_unless_a_share_is_asked_for()
    {
        Pictures(40, static i => i % 8 == 0 ? "test/" : i % 5 == 1 ? "val/" : "train/");
        await _work.TrainAsync("mlp", "--set", "hidden=4", "--data", Shapes, "--steps", "1", "--batch", "8", "--name", "own");
        await _work.TrainAsync("mlp", "--set", "hidden=4", "--data", Shapes, "--validation", "0.2", "--steps", "1", "--batch", "8", "--name", "share");
        var (own, share) = (_work.Registry.Resolve("own").Manifest.Training!.Data, _work.Registry.Resolve("share").Manifest.Training!.Data);
        Assert.Equal(("given", "stratified", null, 0L), (own.Split!.Method, share.Split!.Method, own.Split.Seed, share.Split.Seed));
        Assert.Equal((7L, 7L), (own.Counts["validation"], share.Counts["validation"]));
        Assert.NotEqual(own.Split.Hash, share.Split.Hash);
    }

    [Fact]
    public async Task A_file_that_cannot_be_decoded_stops_a_run_with_its_path()
    {
        Pictures(20);
        var whole = ImageEncoder.Jpeg(new byte[64], 8, 8, 1);
        await File.WriteAllBytesAsync(_work.PathOf("shapes/dot/cut.jpg"), whole[..^30]);
        foreach (var cache in new[] { "off", _work.PathOf("cache") })
        {
            var run = await _work.TrainAsync("mlp", "--set", "hidden=4", "--data", Shapes, "--steps", "20", "--batch", "4", "--cache", cache);
            Assert.Equal(ExitCode.BadInput, run.ExitCode);
            Assert.Contains("ROOT/shapes/dot/cut.jpg: ", run.Error, StringComparison.Ordinal);
        }

        Assert.Empty(_work.Published);
        await _work.TrainAsync("mlp", "--set", "hidden=4", "--data", Shapes, "--steps", "1", "--batch", "4", "--skip-bad", "--name", "rest");
        Assert.Equal(1, _work.Registry.Resolve("rest").Manifest.Training!.Data.Skipped);
    }

    [Fact]
    public async Task A_model_is_reproduced_from_the_same_files_at_the_same_size_and_fold()
    {
        Pictures(40);
        await File.WriteAllBytesAsync(_work.PathOf("shapes/dot/broken.png"), [1, 2, 3]);
        await _work.TrainAsync(
            "mlp", "--set", "hidden=4", "--data", Shapes, "--image-size", "6x5", "--skip-bad", "--folds", "4", "--fold", "2", "--steps", "3", "--batch", "8", "--name", "again");
        Assert.Equal("6x5", _work.Registry.Resolve("again").Manifest.Training!.Data.ImageSize);
        var same = await _work.CallAsync("reproduce", "again");
        Assert.True(same.ExitCode == ExitCode.Ok, same.Error);
        File.Delete(_work.PathOf("shapes/dot/000.png"));
        Assert.Equal(ExitCode.Mismatch, (await _work.CallAsync("reproduce", "again")).ExitCode);
    }

    [Theory]
    [InlineData("--folds and --fold belong together", "--folds", "3")]
    [InlineData("--fold must be 1 to --folds", "--folds", "3", "--fold", "4")]
    [InlineData("--split and --folds exclude each other", "--folds", "3", "--fold", "1", "--split", "x.csv")]
    [InlineData("--validation has no effect beside --split or --folds", "--folds", "3", "--fold", "1", "--validation", "0.2")]
    [InlineData("Image size '10' is not understood", "--image-size", "10")]
    [InlineData("Image size '0x4' is not understood", "--image-size", "0x4")]
    public async Task Options_that_do_not_fit_are_refused(string message, params string[] options)
    {
        foreach (var command in (string[][])[["data", SmallData.Small8], ["run", "mlp", "--data", SmallData.Small8, "--steps", "1"]])
        {
            var run = await _work.CallAsync([.. command, .. options]);
            Assert.Equal(ExitCode.Usage, run.ExitCode);
            Assert.Contains(message, run.Error, StringComparison.Ordinal);
        }
    }

    private string Shapes => $"folder:{_work.PathOf("shapes")}";

    /// <summary>Grey pictures of a bright bar or dot in noise, in class folders below a part of the data where one is named.</summary>
    private void Pictures(int count, Func<int, string>? part = null)
    {
        for (var i = 0; i < count; i++)
        {
            var pixels = new byte[64];
            new Random(i).NextBytes(pixels);
            for (var at = 0; at < pixels.Length; at++)
            {
                var inside = i % 2 == 0 ? at / 8 is 3 or 4 && at % 8 is 3 or 4 : at % 8 is 3 or 4;
                pixels[at] = (byte)((pixels[at] / 3) + (inside ? 150 : 0));
            }

            var path = _work.PathOf($"shapes/{part?.Invoke(i)}{(i % 2 == 0 ? "dot" : "bar")}/{i:d3}.png");
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, ImageEncoder.Png(pixels, 8, 8, 1));
        }
    }
}
