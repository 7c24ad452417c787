namespace Toolchain.Data.Tests;

public sealed class MaskFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public MaskFolderTests()
    {
        Write("train/images/a.png", Samples.Gradient(3, 4), 3, 4, 3);
        Write("train/masks/a.png", [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 255], 3, 4, 1);
        Write("train/images/b.png", Samples.Noise(36), 3, 4, 3);
        Write("train/masks/b.png", new byte[12], 3, 4, 1);
        Write("test/images/c.png", Samples.Noise(36, seed: 2), 3, 4, 3);
        Write("test/masks/c.png", [3, .. new byte[11]], 3, 4, 1);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Images_and_masks_of_the_same_names_belong_together()
    {
        var (reference, train, test) = Open();
        Assert.Equal($"masks:{_folder.Path}", reference);
        Assert.Equal((ModelTask.Segmentation, 2, 1), (train.Task, train.Count, test.Count));
        Assert.Equal((3, 4, 3), (train.Height, train.Width, train.Channels));
        Assert.Equal(Samples.Gradient(3, 4), train.Image(0).ToArray());
        Assert.Equal(Samples.Noise(36), train.Image(1).ToArray());
        Assert.Equal([0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 255, .. new byte[12]], Assert.IsType<MaskTargets>(train.Targets).Masks.ToArray());
        Assert.Equal(["0", "1", "2", "3"], train.ClassNames);
    }

    [Fact]
    public void An_image_may_have_any_format_and_its_mask_has_its_name_with_png()
    {
        File.Delete(_folder.File("train/images/b.png"));
        File.WriteAllBytes(_folder.File("train/images/b.JPG"), ImageEncoder.Jpeg(Samples.Gradient(3, 4), 3, 4, 3, 100));
        var train = Open().Train;
        Assert.Equal(2, train.Count);
        Assert.InRange(Samples.Difference(Samples.Gradient(3, 4), train.Image(1).ToArray()), 0, 12);
        File.WriteAllBytes(_folder.File("train/images/b.webp"), File.ReadAllBytes(_folder.File("train/images/b.JPG")));
        AssertFails("train/images has b.JPG and b.webp, and a mask belongs to one image");
    }

    [Fact]
    public void A_file_names_the_classes()
    {
        File.WriteAllText(_folder.File("classes.txt"), "ground\nsky\n water \nroof\ntree\n");
        Assert.Equal(["ground", "sky", "water", "roof", "tree"], Open().Test.ClassNames);
        File.WriteAllText(_folder.File("classes.txt"), "ground\nsky\n");
        AssertFails("2 problems", "train/masks/a.png: a pixel has class 2, but classes.txt names 2", "test/masks/c.png: a pixel has class 3");
    }

    [Fact]
    public void An_image_without_a_mask_and_a_mask_without_an_image_are_named()
    {
        File.Move(_folder.File("train/masks/b.png"), _folder.File("train/masks/x.png"));
        AssertFails("2 problems", "train/images/b.png has no mask", "train/masks/x.png has no image");
    }

    [Fact]
    public void Files_of_another_size_or_colour_and_damaged_ones_are_all_named()
    {
        Write("train/images/b.png", new byte[12], 3, 4, 1);
        Write("train/masks/b.png", new byte[15], 3, 5, 1);
        File.WriteAllText(_folder.File("test/images/c.png"), "no picture");
        AssertFails("3 problems", "train/images/b.png: it has 1×3×4, but 3×3×4 is expected", "train/masks/b.png: it has 1×3×5, but 1×3×4", "test/images/c.png: The data is not an image");
    }

    [Fact]
    public void A_mask_whose_values_would_change_by_decoding_is_refused()
    {
        Write("train/masks/b.png", new byte[36], 3, 4, 3);
        File.WriteAllBytes(_folder.File("test/masks/c.png"), ImageEncoder.Encode(new byte[12], 3, 4, 1, "pngsave_buffer", "bitdepth=1"));
        AssertFails("2 problems", "train/masks/b.png: it is not 8-bit grey", "test/masks/c.png: it is not 8-bit grey");
    }

    [Fact]
    public void Unreadable_pairs_are_left_out_when_that_is_asked_for()
    {
        File.WriteAllText(_folder.File("train/masks/a.png"), "no picture");
        var data = DatasetCatalog.Open($"masks:{_folder.Path}", new() { SkipBad = true });
        Assert.Equal([Path.Combine("train", "images", "b.png")], data.Train.SampleNames);
        Assert.Equal(Samples.Noise(36), data.Train.Image(0).ToArray());
        Assert.StartsWith(_folder.File("train/masks/a.png"), Assert.Single(data.Skipped), StringComparison.Ordinal);
        File.WriteAllText(_folder.File("test/images/c.png"), "");
        var error = Assert.Throws<ToolchainException>(() => DatasetCatalog.Open($"masks:{_folder.Path}", new() { SkipBad = true }));
        Assert.Contains("1 readable pairs to train on and 0 to test with", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_folder_is_named_with_what_it_must_hold()
    {
        Directory.Delete(_folder.File("test/masks"), recursive: true);
        var error = Assert.Throws<ToolchainException>(Open);
        Assert.Equal(ErrorKind.NotFound, error.Kind);
        Assert.Contains($"there is no folder {_folder.File("test/masks")}. It must hold train/images/*, train/masks/*.png", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_pictures_is_told()
    {
        File.Delete(_folder.File("test/images/c.png"));
        AssertFails("test/images has no image", "test/masks/c.png has no image");
    }

    private DatasetSplits Open() => DatasetCatalog.Open($"masks:{_folder.Path}");

    private void Write(string name, byte[] pixels, int height, int width, int channels)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(name))!);
        File.WriteAllBytes(_folder.File(name), ImageEncoder.Png(pixels, height, width, channels));
    }

    private void AssertFails(params string[] fragments)
    {
        var error = Assert.Throws<ToolchainException>(Open);
        Assert.Equal(ErrorKind.BadInput, error.Kind);
        Assert.All(fragments, fragment => Assert.Contains(fragment, error.Message, StringComparison.Ordinal));
    }
}
