namespace Toolchain.Data.Tests;

public sealed class CsvImagesTests : IDisposable
{
    private readonly ImageFolder _folder = new();

    public CsvImagesTests()
    {
        for (var i = 0; i < 10; i++)
            _folder.WriteImage($"pictures/{i}.png", i);
    }

    private string Table => _folder.File("table.csv");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Each_row_is_an_image_with_a_class()
    {
        var data = Open($"image,label\n{Rows(i => $"pictures/{i}.png,{(i % 2 == 0 ? "even" : "odd")}")}");
        Assert.Equal((ModelTask.Classification, 8, 2), (data.Train.Task, data.Train.Count, data.Test.Count));
        Assert.Equal(["even", "odd"], data.Train.ClassNames);
        for (var i = 0; i < data.Train.Count; i++)
        {
            var number = data.Train.SampleNames[i]["pictures/".Length] - '0';
            Assert.Equal(number % 2, data.Train.Labels[i]);
            Assert.Equal(Samples.Noise(192, number), data.Train.Image(i).ToArray());
        }
    }

    [Fact]
    public void An_image_may_have_a_number_to_predict_and_rows_their_part()
    {
        var data = Open($"split,file,age\n{Rows(i => $"{(i < 6 ? "train" : i < 8 ? "val" : "test")},pictures/{i}.png,{i}.5")}");
        Assert.Equal((ModelTask.Regression, 8, 2), (data.Train.Task, data.Train.Count, data.Test.Count));
        Assert.Equal([6, 7], data.Validation);
        Assert.Equal([8.5f, 9.5f], Assert.IsType<ValueTargets>(data.Test.Targets).Values.ToArray());
    }

    [Fact]
    public void One_image_may_occur_in_several_rows() =>
        Assert.Equal(10, Open($"path,class\n{Rows(i => $"./pictures/{i / 2}.png,{i % 2}")}") is var (_, train, test) ? train.Count + test.Count : 0);

    [Fact]
    public void Every_path_that_is_no_file_below_the_folder_is_named_with_its_line()
    {
        File.WriteAllBytes(Path.Combine(_folder.Outside, "x.png"), ImageEncoder.Png(Samples.Noise(192), 8, 8, 3));
        File.CreateSymbolicLink(_folder.File("pictures/out.png"), Path.Combine(_folder.Outside, "x.png"));
        var message = Fault($"image,label\n../outside/x.png,a\n{_folder.Outside}/x.png,a\npictures/out.png,a\npictures,b\npictures/none.png,b\n,b\npictures/1.png,b\n");
        foreach (var fault in new[]
        {
            $"../outside/x.png: line 2 names an image outside of {_folder.Path}",
            $"{_folder.Outside}/x.png: line 3 names an image outside",
            $"{_folder.File("pictures/out.png")}: line 4: the link leads out",
            $"{_folder.File("pictures")}: line 5 names a folder",
            $"{_folder.File("pictures/none.png")}: line 6: there is no such file",
            "line 7 names no image",
        })
            Assert.Contains(fault, message, StringComparison.Ordinal);
        Assert.Contains("6 problems", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bad_files_are_left_out_with_their_rows()
    {
        _folder.Write("pictures/3.png", [1, 2]);
        var data = Open($"image,label\n{Rows(i => $"pictures/{i}.png,c{i % 2}")}", skipBad: true);
        Assert.Equal(9, data.Train.Count + data.Test.Count);
        Assert.Contains("pictures/3.png", Assert.Single(data.Skipped), StringComparison.Ordinal);
        Assert.All(data.Train.SampleNames.Zip(data.Train.Labels.ToArray()), pair => Assert.Equal((pair.First["pictures/".Length] - '0') % 2, pair.Second));
    }

    [Fact]
    public void Other_columns_beside_images_are_refused() =>
        Assert.Contains("beside 'image', which names images, there must be just the target", Fault("image,weight,label\npictures/1.png,3,a\n"), StringComparison.Ordinal);

    private DatasetSplits Open(string content, bool skipBad = false)
    {
        File.WriteAllText(Table, content);
        return DatasetCatalog.Open($"csv:{Table}", new() { Cache = _folder.Cache, SkipBad = skipBad });
    }

    private string Fault(string content)
    {
        var error = Assert.Throws<ToolchainException>(() => Open(content));
        Assert.Equal(ErrorKind.BadInput, error.Kind);
        return error.Message;
    }

    private static string Rows(Func<int, string> row) => string.Concat(Enumerable.Range(0, 10).Select(i => row(i) + "\n"));
}
