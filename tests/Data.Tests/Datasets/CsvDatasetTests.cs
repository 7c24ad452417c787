using System.Text;

namespace Toolchain.Data.Tests;

public sealed class CsvDatasetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string FilePath => _folder.File("table.csv");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_last_column_is_a_number_to_predict_and_a_fifth_of_the_rows_is_for_the_test()
    {
        var (reference, train, test) = Open($"width,height,area\n{Lines(Enumerable.Range(1, 20).Select(row => $"{row}.5,{row},{row * 1.5}"))}");
        Assert.Equal($"csv:{FilePath}", reference);
        Assert.Equal((ModelTask.Regression, 16, 4), (train.Task, train.Count, test.Count));
        Assert.Equal((2, 1, 1), (train.Channels, train.Height, train.Width));
        Assert.Equal(["width", "height"], Table(train).Columns);
        Assert.Equal(["area"], train.OutputNames);
        var rows = Rows(train).Concat(Rows(test)).OrderBy(row => row.Inputs[0]).ToArray();
        Assert.Equal(Enumerable.Range(1, 20).Select(row => (row + 0.5f, (float)row, row * 1.5f)), rows.Select(row => (row.Inputs[0], row.Inputs[1], row.Target)));
        Assert.Equal(Table(test).Numbers.ToArray(), Table(DatasetCatalog.Open(reference).Test).Numbers.ToArray());
    }

    [Fact]
    public void A_split_column_divides_the_rows_and_is_no_input()
    {
        var (_, train, test) = Open("x,Split,y\n1,train,10\n2,test,20\n3,Train,30\n");
        Assert.Equal(["x"], Table(train).Columns);
        Assert.Equal([1, 3], Table(train).Numbers.ToArray());
        Assert.Equal([20], Assert.IsType<ValueTargets>(test.Targets).Values.ToArray());
    }

    [Fact]
    public void A_split_column_may_name_validation_rows()
    {
        var data = Open("x,split,y\n1,train,10\n2,test,20\n3,val,30\n4,Validation,40\n");
        Assert.Equal([1, 3, 4], Table(data.Train).Numbers.ToArray());
        Assert.Equal([1, 2], data.Validation);
    }

    [Fact]
    public void A_column_named_label_has_classes_sorted_by_name_and_divided_in_proportion()
    {
        var (_, train, test) = Open($"x,label\n{Lines(Enumerable.Range(0, 20).Select(row => $"{row},{(row % 4 == 0 ? "plum" : "apple")}"))}");
        Assert.Equal(ModelTask.Classification, train.Task);
        Assert.Equal(["apple", "plum"], test.ClassNames);
        Assert.Equal([0, 0, 0, 1], test.Labels.ToArray().Order());
        foreach (var (row, label) in Table(train).Numbers.ToArray().Zip(train.Labels.ToArray()))
            Assert.Equal(row % 4 == 0 ? 1 : 0, label);
    }

    [Fact]
    public void Classes_that_are_whole_numbers_are_sorted_as_numbers() =>
        Assert.Equal(["-1", "3", "10"], Open($"x,Class\n{Lines(Enumerable.Range(0, 9).Select(row => $"{row},{(row % 3) switch { 0 => "10", 1 => "3", _ => "-1" }}"))}").Train.ClassNames);

    [Theory]
    [InlineData("a;\"b\";c\n1;2;3\n4;5;6\n7;8;9\n")]
    [InlineData("\uFEFFa\tb\tc\r\n1\t2\t3\r\n4\t5\t6\r\n7\t8\t9")]
    [InlineData("a, b, c\n1, 2, 3\n\n4, 5, 6\n7, +8, 9e0\n")]
    public void Separators_quotes_spaces_and_line_ends_are_recognised(string content)
    {
        var (_, train, test) = Open(content);
        Assert.Equal(["a", "b"], Table(train).Columns);
        Assert.Equal(["1 2 3", "4 5 6", "7 8 9"], Rows(train).Concat(Rows(test)).Select(row => $"{row.Inputs[0]} {row.Inputs[1]} {row.Target}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_bad_cell_is_named_by_line_and_column() => AssertFails(
        "x,y,split\n1,2,train\noops,3,test\n\n4,,train\n5,NaN,test\n1e99,1,tset\n",
        "5 problems", "line 3, column 'x': 'oops' is not a finite number", "line 5, column 'y': it is empty", "line 6, column 'y': 'NaN' is not", "line 7, column 'x': '1e99' is not", "line 7, column 'split': 'tset' is not train, validation or test");

    [Fact]
    public void A_line_inside_quotes_counts_as_a_line() => AssertFails("x,label\n1,\"two\nlines\"\nbad,b\n", "line 4, column 'x': 'bad'");

    [Fact]
    public void Only_the_first_problems_are_shown() =>
        AssertFails($"x,y\n{Lines(Enumerable.Repeat("a,b", 40))}", "80 problems", "line 2, column 'x'", "and 60 more");

    [Theory]
    [InlineData("x,y\n1,2\n1,2,3\n4\n", "line 3: 3 fields, but the header has 2", "line 4: 1 fields")]
    [InlineData("1,2\n3,4\n", "line 1: it must name the columns, but holds only numbers (1, 2")]
    [InlineData("x,,x,y\n1,2,3,4\n", "line 1: column 2 has no name", "line 1: two columns are named 'x'")]
    [InlineData("x\n1\n", "line 1: found the columns x, but there must be at least one to predict from")]
    [InlineData("x,y\n", "there is no row below the header")]
    [InlineData("", "line 1")]
    [InlineData("x,y\n1,\"2\n3,4\n", "line 2: a quote that is never closed")]
    [InlineData("x,y\n1,2\n", "1 samples to train on and 0 to test with")]
    [InlineData("x,y,split\n1,2,test\n", "0 samples to train on and 1 to test with")]
    public void A_file_that_is_no_table_says_why(string content, params string[] faults) => AssertFails(content, faults);

    [Fact]
    public void A_missing_file_is_not_found()
    {
        var error = Assert.Throws<ToolchainException>(() => DatasetCatalog.Open($"csv:{_folder.File("none.csv")}"));
        Assert.Equal(ErrorKind.NotFound, error.Kind);
        Assert.Contains(_folder.File("none.csv"), error.Message, StringComparison.Ordinal);
    }

    private DatasetSplits Open(string content)
    {
        File.WriteAllText(FilePath, content, new UTF8Encoding(false));
        return DatasetCatalog.Open($"csv:{FilePath}");
    }

    private void AssertFails(string content, params string[] faults)
    {
        var error = Assert.Throws<ToolchainException>(() => Open(content));
        Assert.Equal(ErrorKind.BadInput, error.Kind);
        Assert.All(faults, fault => Assert.Contains(fault, error.Message, StringComparison.Ordinal));
        Assert.Contains(FilePath, error.Message, StringComparison.Ordinal);
    }

    private static string Lines(IEnumerable<string> rows) => string.Concat(rows.Select(row => row + "\n"));

    private static TableInputs Table(Dataset dataset) => Assert.IsType<TableInputs>(dataset.Inputs);

    private static IEnumerable<(float[] Inputs, float Target)> Rows(Dataset dataset) =>
        Enumerable.Range(0, dataset.Count).Select(row => (Table(dataset).Row(row).ToArray(), Assert.IsType<ValueTargets>(dataset.Targets).Row(row)[0]));
}
