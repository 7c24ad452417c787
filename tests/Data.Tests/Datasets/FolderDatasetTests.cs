namespace Toolchain.Data.Tests;

public sealed class FolderDatasetTests : IDisposable
{
    private readonly ImageFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Each_sub_folder_is_a_class_and_a_fifth_of_each_is_for_the_test(bool cached)
    {
        _folder.WriteClasses(10, "pear", "Zebra", "apple");
        var (reference, train, test) = _folder.Open(cached);
        Assert.Equal(_folder.Reference, reference);
        Assert.Equal(["Zebra", "apple", "pear"], train.ClassNames);
        Assert.Equal((24, 6, 8, 8, 3), (train.Count, test.Count, train.Height, train.Width, train.Channels));
        Assert.Equal([2, 2, 2], test.Labels.ToArray().CountBy(label => label).Select(count => count.Value));
        foreach (var part in new[] { train, test })
        {
            for (var i = 0; i < part.Count; i++)
            {
                var name = part.SampleNames[i];
                Assert.Equal(part.ClassNames[part.Labels[i]], Path.GetDirectoryName(name));
                Assert.Equal(Samples.Noise(192, int.Parse(Path.GetFileNameWithoutExtension(name), System.Globalization.CultureInfo.InvariantCulture)), part.Image(i).ToArray());
            }
        }
    }

    [Theory]
    [MemberData(nameof(Samples.Formats), MemberType = typeof(Samples))]
    public void A_format_is_told_by_the_content_at_any_depth(ImageFormat format)
    {
        _folder.WriteClasses(3, "a", "b");
        _folder.Write("b/deep/er/picture.txt", Samples.Encode(format, Samples.Gradient(8, 8), 8, 8));
        var (_, train, test) = _folder.Open();
        Assert.Equal(7, train.Count + test.Count);
        Assert.Contains(Path.Combine("b", "deep", "er", "picture.txt"), train.SampleNames.Concat(test.SampleNames));
    }

    [Fact]
    public void Train_val_and_test_folders_are_the_parts_of_the_data()
    {
        foreach (var (name, seed) in ((string, int)[])[("train/a/1.png", 1), ("train/b/2.png", 2), ("val/a/3.png", 3), ("val/b/4.png", 4), ("test/a/5.png", 5), ("test/b/6.png", 6)])
            _folder.WriteImage(name, seed);
        var data = _folder.Open();
        Assert.Equal([Path.Combine("train", "a", "1.png"), Path.Combine("train", "b", "2.png"), Path.Combine("val", "a", "3.png"), Path.Combine("val", "b", "4.png")], data.Train.SampleNames);
        Assert.Equal([2, 3], data.Validation);
        Assert.Equal((2, 2), (data.Test.Count, data.Test.ClassNames.Length));
        var divided = new SplitPlan().Divide(data);
        Assert.Equal(("given", "0 1", "2 3"), (divided.Method, string.Join(' ', divided.Split.Train), string.Join(' ', divided.Split.Validation)));
        Assert.Equal("stratified", new SplitPlan { OwnFirst = false }.Divide(data).Method);
    }

    [Fact]
    public void Without_a_test_folder_the_test_images_come_from_train_and_validation_stays_whole()
    {
        for (var i = 0; i < 20; i++)
            _folder.WriteImage($"{(i < 16 ? "train" : "validation")}/{(i % 2 == 0 ? "a" : "b")}/{i}.png", i);
        var data = _folder.Open();
        Assert.Equal((17, 3, 4), (data.Train.Count, data.Test.Count, data.Validation!.Value.Length));
        Assert.All(data.Test.SampleNames, name => Assert.StartsWith("train", name, StringComparison.Ordinal));
        Assert.All(data.Validation.Value, index => Assert.StartsWith("validation", data.Train.SampleNames[index], StringComparison.Ordinal));
    }

    [Fact]
    public void A_class_may_be_called_train_beside_others()
    {
        _folder.WriteClasses(5, "train", "tram");
        Assert.Equal(["train", "tram"], _folder.Open().Train.ClassNames);
    }

    [Fact]
    public void Files_of_one_size_keep_it_and_grey_ones_stay_grey()
    {
        for (var i = 0; i < 6; i++)
            _folder.WriteImage($"{(i % 2 == 0 ? "a" : "b")}/{i}.png", i, 5, 7, 1);
        var data = _folder.Open();
        Assert.Equal((5, 7, 1), (data.Train.Height, data.Train.Width, data.Train.Channels));
        Assert.Equal([new SizeCount(5, 7, 6)], data.Sizes);
    }

    [Fact]
    public void Files_of_several_sizes_get_the_median_one_or_the_one_that_was_asked_for()
    {
        foreach (var (i, height, width, channels) in ((int, int, int, int)[])[(0, 10, 300, 1), (1, 20, 400, 1), (2, 30, 500, 3), (3, 20, 400, 1), (4, 16, 400, 1)])
            _folder.WriteImage($"{(i % 2 == 0 ? "a" : "b")}/{i}.png", i, height, width, channels);
        var data = _folder.Open();
        Assert.Equal((20, 224, 3), (data.Train.Height, data.Train.Width, data.Train.Channels));
        Assert.Equal(new SizeCount(20, 400, 2), data.Sizes[0]);
        var asked = _folder.Open(size: (12, 8)).Train;
        Assert.Equal((12, 8, 12 * 8 * 3), (asked.Height, asked.Width, asked.Image(0).Length));
        var bytes = File.ReadAllBytes(_folder.File(asked.SampleNames[0]));
        Assert.Equal(Samples.Decode(bytes, 3, 12, 8), asked.Image(0).ToArray());
    }

    [Fact]
    public void For_a_model_files_get_the_size_and_colours_of_its_input()
    {
        _folder.WriteClasses(5, "a", "b");
        var options = new DatasetOptions { Cache = null }.For(new Preprocessing(1, 4, 6, [0], [1]));
        var train = DatasetCatalog.Open(_folder.Reference, options).Train;
        Assert.Equal((1, 4, 6), (train.Channels, train.Height, train.Width));
    }

    [Fact]
    public void The_content_is_that_of_the_files_whatever_size_they_are_decoded_to()
    {
        _folder.WriteClasses(5, "a", "b");
        var hash = _folder.Open().Train.ContentHash;
        Assert.Equal(hash, _folder.Open(cached: false, size: (4, 4)).Train.ContentHash);
        Assert.Equal(hash, _folder.Open().Train.Resized(3, 3).ContentHash);
        _folder.WriteImage($"{_folder.Open().Train.SampleNames[0]}", 999);
        Assert.NotEqual(hash, _folder.Open().Train.ContentHash);
    }

    [Fact]
    public void Opening_twice_gives_the_same_parts_in_the_same_order()
    {
        _folder.WriteClasses(20, "a", "b");
        Assert.Equal(_folder.Open().Test.SampleNames, _folder.Open(cached: false).Test.SampleNames);
    }

    [Fact]
    public void Resized_images_are_those_of_the_image_resized_in_memory()
    {
        _folder.WriteClasses(5, "a", "b");
        var train = _folder.Open().Train;
        var inMemory = new Dataset("copy", train.Pixels.ToArray(), train.Labels.ToArray(), 8, 8, 3, train.ClassNames);
        Assert.Equal(inMemory.Resized(5, 6).Pixels.ToArray(), train.Resized(5, 6).Pixels.ToArray());
        var statistics = ChannelStatistics.Of(train, [0, 2, 3]);
        Assert.Equal(ChannelStatistics.Of(inMemory, [0, 2, 3]).Mean, statistics.Mean);
    }
}
