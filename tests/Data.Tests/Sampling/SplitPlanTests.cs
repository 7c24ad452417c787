namespace Toolchain.Data.Tests;

public sealed class SplitPlanTests : IDisposable
{
    private readonly ImageFolder _folder = new();

    private string Table => _folder.File("split.csv");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Folds_part_the_samples_with_the_proportions_of_the_classes()
    {
        var data = Labelled([.. Enumerable.Range(0, 103).Select(i => i % 5 == 0 ? 1 : 0)]);
        var seen = new List<int>();
        for (var fold = 1; fold <= 10; fold++)
        {
            var (train, validation) = Fold(data, 10, fold);
            Assert.Equal(Enumerable.Range(0, 103), train.Concat(validation).Order());
            Assert.InRange(validation.Length, 10, 11);
            Assert.InRange(validation.Count(i => i % 5 == 0), 2, 3);
            seen.AddRange(validation);
        }

        Assert.Equal(Enumerable.Range(0, 103), seen.Order());
        Assert.Equal(Fold(data, 10, 3).Validation, Fold(data, 10, 3).Validation);
        Assert.NotEqual(Fold(data, 10, 3).Validation, Fold(data, 10, 3, seed: 1).Validation);
    }

    [Fact]
    public void Folds_of_numbers_are_drawn_at_random()
    {
        var data = new DatasetSplits("numbers", Numbers(20), Numbers(5));
        Assert.Equal(Enumerable.Range(0, 20), Enumerable.Range(1, 3).SelectMany(fold => Fold(data, 3, fold).Validation).Order());
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(5, 0)]
    [InlineData(5, 6)]
    [InlineData(30, 1)]
    public void Folds_that_do_not_fit_are_refused(int folds, int fold) =>
        Assert.Equal(ErrorKind.Usage, Assert.Throws<ToolchainException>(() => Fold(Labelled(new int[20]), folds, fold)).Kind);

    [Fact]
    public void Groups_stay_together_and_reach_the_share_as_nearly_as_they_can()
    {
        int[] groups = [.. Enumerable.Range(0, 100).Select(i => i / 10)];
        var (train, validation) = Split.Grouped(groups, 0.3, 5);
        Assert.Equal((70, 30), (train.Length, validation.Length));
        Assert.Empty(train.Select(i => groups[i]).Intersect(validation.Select(i => groups[i])));
        Assert.NotEqual(validation, Split.Grouped(groups, 0.3, 6).Validation);
        Assert.Empty(Split.Grouped(groups, 0, 5).Validation);
        Assert.Empty(Split.Grouped(new int[8], 0.5, 5).Validation);
        Assert.Equal(90, Split.Grouped(groups, 0.99, 5).Validation.Length);
    }

    [Fact]
    public void A_written_split_divides_in_the_same_way_by_file_and_by_index()
    {
        _folder.WriteClasses(10, "a", "b,\"c\"");
        foreach (var data in new[] { _folder.Open(), Labelled([.. Enumerable.Range(0, 20).Select(i => i % 2)]) })
        {
            var divided = new SplitPlan { Share = 0.3, Seed = 4 }.Divide(data);
            SplitFile.Write(Table, divided);
            var read = new SplitPlan { File = Table, Share = 0.5, Seed = 9 }.Divide(data);
            Assert.Equal((SplitMethods.File, divided.Hash), (read.Method, read.Hash));
            Assert.Equal(divided.Data.Train.ContentHash, read.Data.Train.ContentHash);
            Assert.Equal(divided.Data.Test.ContentHash, read.Data.Test.ContentHash);
            Assert.Equal(data.Train.SampleNames.IsEmpty ? "index,split" : "file,split", File.ReadLines(Table).First());
        }
    }

    [Fact]
    public void A_file_moves_samples_between_the_parts()
    {
        var data = Labelled([0, 1, 0, 1], test: [0, 1]);
        File.WriteAllText(Table, "split,index\ntest,0\ntrain,1\nval,2\ntest,3\ntrain,4\ntest,5\n");
        var divided = new SplitPlan { File = Table }.Divide(data);
        Assert.Equal(("1 2 4", "0 3 5", "0 2", "1"), (Pixels(divided.Data.Train), Pixels(divided.Data.Test), string.Join(' ', divided.Split.Train), string.Join(' ', divided.Split.Validation)));
        Assert.Equal([1, 0, 0], divided.Data.Train.Labels.ToArray());
    }

    [Fact]
    public void Everything_that_is_wrong_with_a_file_is_told()
    {
        var data = Labelled([0, 1, 0, 1], test: [0, 1]);
        File.WriteAllText(Table, "index,split\n0,train\n0,test\n1,tarin\n2,test\n9,train\nx,test\n4,train\n");
        var error = Assert.Throws<ToolchainException>(() => new SplitPlan { File = Table }.Divide(data));
        Assert.Equal(ErrorKind.BadInput, error.Kind);
        foreach (var fault in new[] { "line 3: sample '0' is listed a second time", "line 4: 'tarin' is not train, validation or test", "line 6: the data set has no sample '9'", "line 7: the data set has no sample 'x'", "sample 3 is not listed", "sample 5 is not listed" })
            Assert.Contains(fault, error.Message, StringComparison.Ordinal);
        File.WriteAllText(Table, "file,split\na,train\n");
        Assert.Contains("do not come from files of their own", Assert.Throws<ToolchainException>(() => new SplitPlan { File = Table }.Divide(data)).Message, StringComparison.Ordinal);
        File.WriteAllText(Table, "name,split\na,train\n");
        Assert.Contains("expected file or index, and split", Assert.Throws<ToolchainException>(() => new SplitPlan { File = Table }.Divide(data)).Message, StringComparison.Ordinal);
        Assert.Equal(ErrorKind.NotFound, Assert.Throws<ToolchainException>(() => new SplitPlan { File = _folder.File("none.csv") }.Divide(data)).Kind);
    }

    [Fact]
    public void A_skipped_file_may_be_listed()
    {
        _folder.WriteClasses(6, "a", "b");
        SplitFile.Write(Table, new SplitPlan().Divide(_folder.Open()));
        _folder.Write("a/000.png", [1]);
        Assert.Equal(11, new SplitPlan { File = Table }.Divide(_folder.Open(skipBad: true)).Data is var data ? data.Train.Count + data.Test.Count : 0);
    }

    [Fact]
    public void Plans_that_contradict_themselves_are_refused()
    {
        var data = Labelled([0, 1]);
        foreach (var plan in new SplitPlan[] { new() { File = "x", Folds = 2, Fold = 1 }, new() { Folds = 2 }, new() { Fold = 2 } })
            Assert.Equal(ErrorKind.Usage, Assert.Throws<ToolchainException>(() => plan.Divide(data)).Kind);
    }

    private static Split Fold(DatasetSplits data, int folds, int fold, long seed = 0) => new SplitPlan { Folds = folds, Fold = fold, Seed = seed }.Divide(data).Split;

    private static string Pixels(Dataset data) => string.Join(' ', data.Pixels.ToArray());

    // Images of one pixel that is their number.
    private static DatasetSplits Labelled(int[] train, int[]? test = null) => new("labelled", Images(train, 0), Images(test ?? [0], train.Length));

    private static Dataset Images(int[] labels, int first) => new("images", [.. labels.Select((_, i) => (byte)(first + i))], labels, 1, 1, 1, ["a", "b"]);

    private static Dataset Numbers(int count) => new("numbers", new TableInputs(new float[count], ["x"]), new ValueTargets(new float[count], ["y"]));
}
