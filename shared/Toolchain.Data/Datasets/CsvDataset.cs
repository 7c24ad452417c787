using System.Globalization;

namespace Toolchain.Data;

/// <summary>
/// A table in one CSV file: of numbers, or of image paths. The last column is the target: named <c>label</c> or <c>class</c> it holds classes, otherwise a
/// number to be predicted by regression. A column <c>split</c>, anywhere, says which rows are for <c>train</c>, <c>validation</c> and <c>test</c>; without it a fifth of
/// the rows, always the same, is kept for the test. With a column <c>image</c>, <c>file</c>, <c>filename</c> or <c>path</c> each row is an image, whose path is
/// relative to the file's folder.
/// </summary>
internal static class CsvDataset
{
    private const string SplitColumn = "split";
    private const string Advice = $"Add rows, or a column '{SplitColumn}' with train and test.";
    private static readonly string[] ClassColumns = ["label", "class"];
    private static readonly string[] PathColumns = ["image", "file", "filename", "path"];

    public static DatasetKind Kind { get; } = new(
        "csv", "FILE", "a CSV file with a header row, of numbers or with a column 'image' of paths; the last column is the target: classes when named label or class, otherwise a number", Read);

    private static DatasetSplits Read(string path, DatasetOptions options)
    {
        var name = $"csv:{path}";
        var table = CsvTable.Read(path);
        var problems = new Problems($"Data set {name}");
        var (split, images) = (Find(table, [SplitColumn]), Find(table, PathColumns));
        int[] columns = [.. Enumerable.Range(0, table.Columns.Length).Where(column => column != split)];
        if (columns.Length < 2)
            problems.Add($"line 1: found the columns {string.Join(", ", table.Columns)}, but there must be at least one to predict from, and the target after it");
        else if (images >= 0 && (columns.Length != 2 || columns[1] == images))
            problems.Add($"line 1: found the columns {string.Join(", ", table.Columns)}, but beside '{table.Columns[images]}', which names images, there must be just the target, after it");
        if (table.Rows.Count == 0)
            problems.Add("there is no row below the header");
        problems.ThrowIfAny();

        var target = columns[^1];
        var numbers = images >= 0 ? null : new TableInputs(ReadNumbers(table, columns[..^1], problems), [.. columns[..^1].Select(column => table.Columns[column])]);
        DatasetTargets targets = IsAnyOf(table.Columns[target], ClassColumns)
            ? ReadClasses(table, target, problems)
            : new ValueTargets(ReadNumbers(table, [target], problems), [table.Columns[target]]);
        var parts = split < 0 ? null : ReadSplit(table, split, problems);
        problems.ThrowIfAny();

        if (numbers is not null)
            return Divided(new(name, numbers, targets), parts);
        var paths = CsvImages.Paths(table, images);
        var samples = FileSamples.Open(name, paths, ImageFiles.Format, options);
        var all = new Dataset(name, samples.Inputs, targets.Subset(samples.Files)) { Origins = new([.. samples.Files.Select(file => paths[file].Name)]) };
        return samples.Describe(Divided(all, parts is null ? null : [.. samples.Files.Select(row => parts[row])]));
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

    private static SamplePart[] ReadSplit(CsvTable table, int column, Problems problems)
    {
        var parts = new SamplePart[table.Rows.Count];
        for (var row = 0; row < parts.Length; row++)
        {
            var word = table.Rows[row][column];
            if (SampleParts.Parse(word) is { } part)
                parts[row] = part;
            else
                problems.Add($"line {table.Lines[row]}, column '{table.Columns[column]}': '{word}' is not {SampleParts.Words}");
        }

        return parts;
    }

    private static DatasetSplits Divided(Dataset all, SamplePart[]? parts) => parts is null ? PartedSamples.HoldOut(all, Advice) : PartedSamples.Of(all, parts, Advice);

    private static int Find(CsvTable table, string[] names) => Array.FindIndex(table.Columns, column => IsAnyOf(column, names));

    private static bool IsAnyOf(string text, string[] names) => names.Contains(text, StringComparer.OrdinalIgnoreCase);
}
