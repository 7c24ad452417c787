using System.Buffers;
using System.Globalization;
using System.Text;

namespace Toolchain.Data;

/// <summary>
/// A CSV file that says what each sample of a data set is for: a column <c>file</c> with its path within the data set's folder, or <c>index</c> with its
/// number (from 0, the training samples first, then the test samples), and a column <c>split</c> with train, validation or test. Every sample is listed once.
/// </summary>
public static class SplitFile
{
    private const string FileColumn = "file";
    private const string IndexColumn = "index";
    private const string SplitColumn = "split";
    private static readonly SearchValues<char> Special = SearchValues.Create("\",\r\n;\t|");

    /// <summary>Writes a division, by files where samples have them.</summary>
    /// <exception cref="ToolchainException">The file cannot be written (<see cref="ErrorKind.Unavailable"/>).</exception>
    public static void Write(string path, DividedData divided)
    {
        var (train, test) = (divided.Data.Train, divided.Data.Test);
        string[] names = [.. train.SampleNames, .. test.SampleNames];
        var byName = names.Length == train.Count + test.Count && names.Distinct(StringComparer.Ordinal).Count() == names.Length;
        var validation = divided.Split.Validation.ToHashSet();
        var text = new StringBuilder($"{(byName ? FileColumn : IndexColumn)},{SplitColumn}\n");
        for (var sample = 0; sample < train.Count + test.Count; sample++)
        {
            var part = sample >= train.Count ? SamplePart.Test : validation.Contains(sample) ? SamplePart.Validation : SamplePart.Train;
            text.Append(CultureInfo.InvariantCulture, $"{(byName ? Quoted(names[sample]) : sample)},{SampleParts.Text(part)}\n");
        }

        try
        {
            File.WriteAllText(path, text.ToString());
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ToolchainException(ErrorKind.Unavailable, $"Cannot write the split '{path}': {failure.Message}", failure);
        }
    }

    /// <summary>Divides a data set as a file says.</summary>
    internal static DatasetSplits Divide(DatasetSplits data, string path)
    {
        var table = CsvTable.Read(path);
        var problems = new Problems($"Split file {path} for data set {data.Reference}", "Correct the file, or write one with: train data --write-split");
        var (file, index, split) = (Find(FileColumn), Find(IndexColumn), Find(SplitColumn));
        if (split < 0 || (file < 0) == (index < 0))
            problems.Add($"line 1: found the columns {string.Join(", ", table.Columns)}, expected {FileColumn} or {IndexColumn}, and {SplitColumn}");
        problems.ThrowIfAny();

        var all = Dataset.Join(data.Reference, data.Train, data.Test);
        var parts = new SamplePart?[all.Count];
        if (file >= 0)
            Read(table, NumberByName(all, data, path), file, split, parts, problems, Skipped(data));
        else
            Read(table, text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < all.Count ? number : null, index, split, parts, problems, static _ => false);
        for (var sample = 0; sample < parts.Length; sample++)
        {
            if (parts[sample] is null)
                problems.Add($"sample {(all.Origins is { } origins ? origins.Names[sample] : sample)} is not listed");
        }

        problems.ThrowIfAny();
        var divided = PartedSamples.Of(all, Array.ConvertAll(parts, part => part!.Value), $"Correct {path}.");
        return divided with { Reference = data.Reference, Sizes = data.Sizes, Skipped = data.Skipped };

        int Find(string name) => Array.FindIndex(table.Columns, column => string.Equals(column, name, StringComparison.OrdinalIgnoreCase));
    }

    private static Func<string, int?> NumberByName(Dataset all, DatasetSplits data, string path)
    {
        if (all.Origins is not { } origins)
            throw new ToolchainException(ErrorKind.BadInput, $"Split file {path} lists files, but the samples of {data.Reference} do not come from files of their own. List them by {IndexColumn}.");
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var sample = 0; sample < origins.Names.Length; sample++)
        {
            if (!numbers.TryAdd(origins.Names[sample], sample))
                throw new ToolchainException(ErrorKind.BadInput, $"Data set {data.Reference} has {origins.Names[sample]} more than once, so a split cannot tell its samples apart by {FileColumn}. List them by {IndexColumn}.");
        }

        return name => numbers.TryGetValue(name, out var number) ? number : null;
    }

    // A file that was left out is still listed.
    private static Func<string, bool> Skipped(DatasetSplits data) => name => data.Skipped.Any(skipped => skipped.Contains(name, StringComparison.Ordinal));

    private static void Read(CsvTable table, Func<string, int?> find, int sampleColumn, int splitColumn, SamplePart?[] parts, Problems problems, Func<string, bool> isSkipped)
    {
        for (var row = 0; row < table.Rows.Count; row++)
        {
            var (name, word, line) = (table.Rows[row][sampleColumn], table.Rows[row][splitColumn], table.Lines[row]);
            var part = SampleParts.Parse(word);
            if (part is null)
                problems.Add($"line {line}: '{word}' is not {SampleParts.Words}");
            if (find(name) is not { } sample)
            {
                if (!isSkipped(name))
                    problems.Add($"line {line}: the data set has no sample '{name}'");
            }
            else if (parts[sample] is not null)
                problems.Add($"line {line}: sample '{name}' is listed a second time");
            else
                parts[sample] = part;
        }
    }

    private static string Quoted(string name) => name.AsSpan().ContainsAny(Special) || name != name.Trim() ? $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : name;
}
