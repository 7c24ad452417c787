using System.Globalization;

namespace Toolchain.Data;

/// <summary>
/// A table of numbers in one CSV file. The last column is the target: named <c>label</c> or <c>class</c> it holds classes, otherwise a number to
/// be predicted by regression. A column <c>split</c>, anywhere, says which rows are for <c>train</c> and which for <c>test</c>; without it a
/// fifth of the rows, always the same, is kept for the test.
/// </summary>
internal static class CsvDataset
{
    private const double TestShare = 0.2;
    private const long TestSeed = 0;
    private const string SplitColumn = "split";
    private static readonly string[] ClassColumns = ["label", "class"];

    public static DatasetKind Kind { get; } = new("csv", "FILE", "a CSV file of numbers with a header row; the last column is the target: classes when named label or class, otherwise a number",
        (path, _) => Read(path));

    private static DatasetSplits Read(string path)
    {
        var table = CsvTable.Read(path);
        var problems = new Problems($"Data set csv:{path}");
        var split = Array.FindIndex(table.Columns, name => IsNamed(name, SplitColumn));
        int[] columns = [.. Enumerable.Range(0, table.Columns.Length).Where(column => column != split)];
        if (columns.Length < 2)
            problems.Add($"line 1: found the columns {string.Join(", ", table.Columns)}, but there must be at least one to predict from, and the target after it");
        if (table.Rows.Count == 0)
            problems.Add("there is no row below the header");
        problems.ThrowIfAny();

        var (inputs, target) = (columns[..^1], columns[^1]);
        var numbers = new TableInputs(ReadNumbers(table, inputs, problems), [.. inputs.Select(column => table.Columns[column])]);
        DatasetTargets targets = Array.Exists(ClassColumns, name => IsNamed(table.Columns[target], name))
            ? ReadClasses(table, target, problems)
            : new ValueTargets(ReadNumbers(table, [target], problems), [table.Columns[target]]);
        var isTest = split < 0 ? null : ReadSplit(table, split, problems);
        problems.ThrowIfAny();

        var all = new Dataset($"csv:{path}", numbers, targets);
        return isTest is null ? HoldOut(all) : Divide(all, isTest);
    }

    private static float[] ReadNumbers(CsvTable table, int[] columns, Problems problems)
    {
        var numbers = new float[checked(table.Rows.Count * columns.Length)];
        for (var i = 0; i < numbers.Length; i++)
        {
            var (row, column) = (i / columns.Length, columns[i % columns.Length]);
            var text = table.Rows[row][column];
            if (!Numbers.TryRead(text, out numbers[i]))
                problems.Add($"line {table.Lines[row]}, column '{table.Columns[column]}': {(text.Length == 0 ? "it is empty" : $"'{text}' is not a finite number")}");
        }

        return numbers;
    }

    // Whole numbers are classes in the order of the numbers, other texts in that of their characters.
    private static ClassTargets ReadClasses(CsvTable table, int column, Problems problems)
    {
        for (var row = 0; row < table.Rows.Count; row++)
        {
            if (table.Rows[row][column].Length == 0)
                problems.Add($"line {table.Lines[row]}, column '{table.Columns[column]}': it is empty");
        }

        string[] labels = [.. table.Rows.Select(row => row[column])];
        var names = labels.Distinct().ToArray();
        Array.Sort(names, StringComparer.Ordinal);
        if (names.All(name => long.TryParse(name, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _)))
            names = [.. names.OrderBy(name => long.Parse(name, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture))];
        var numbers = names.Select((name, number) => (name, number)).ToDictionary(pair => pair.name, pair => pair.number, StringComparer.Ordinal);
        return new([.. labels.Select(label => numbers[label])], [.. names]);
    }

    private static bool[] ReadSplit(CsvTable table, int column, Problems problems)
    {
        var isTest = new bool[table.Rows.Count];
        for (var row = 0; row < isTest.Length; row++)
        {
            var word = table.Rows[row][column];
            isTest[row] = IsNamed(word, "test");
            if (!isTest[row] && !IsNamed(word, "train"))
                problems.Add($"line {table.Lines[row]}, column '{table.Columns[column]}': '{word}' is neither train nor test");
        }

        return isTest;
    }

    private static DatasetSplits HoldOut(Dataset all)
    {
        var (train, test) = Split.Of(all, TestShare, TestSeed);
        return Divide(all, train, test);
    }

    private static DatasetSplits Divide(Dataset all, bool[] isTest)
    {
        var rows = Enumerable.Range(0, all.Count);
        return Divide(all, [.. rows.Where(row => !isTest[row])], [.. rows.Where(row => isTest[row])]);
    }

    private static DatasetSplits Divide(Dataset all, int[] train, int[] test) => train.Length > 0 && test.Length > 0
        ? new(all.Name, all.Subset(train, $"{all.Name} (train)"), all.Subset(test, $"{all.Name} (test)"))
        : throw new ToolchainException(ErrorKind.BadInput,
            $"Data set {all.Name} has {train.Length} rows to train on and {test.Length} to test with; there must be some of each. Add rows, or a column '{SplitColumn}' with train and test.");

    private static bool IsNamed(string text, string name) => string.Equals(text, name, StringComparison.OrdinalIgnoreCase);
}
