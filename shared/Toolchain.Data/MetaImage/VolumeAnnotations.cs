namespace Toolchain.Data;

/// <summary>
/// What a CSV file says lies in the volumes, as LUNA16's <c>annotations.csv</c> does: columns <c>seriesuid</c> (a volume's file name without its extension),
/// <c>coordX</c>, <c>coordY</c>, <c>coordZ</c> (the middle, in millimetres) and <c>diameter_mm</c>; optionally <c>class</c> or <c>label</c>.
/// </summary>
internal sealed class VolumeAnnotations
{
    public const string FileName = "annotations.csv";
    private const string Nothing = "none";
    private const string Something = "annotated";

    private readonly ILookup<string, Ball> _balls;

    private VolumeAnnotations(IEnumerable<Ball> balls, string[] classes) => (_balls, Classes) = (balls.ToLookup(ball => ball.Series, StringComparer.Ordinal), classes);

    /// <summary>The classes of slices: 0 for those in which nothing lies.</summary>
    public string[] Classes { get; }

    /// <summary>Reads the file.</summary>
    public static VolumeAnnotations Read(string path)
    {
        var table = CsvTable.Read(path);
        var problems = new Problems($"Annotations {path}");
        string[] needed = ["seriesuid", "coordX", "coordY", "coordZ", "diameter_mm"];
        var columns = Array.ConvertAll(needed, Find);
        foreach (var missing in needed.Where((_, i) => columns[i] < 0))
            problems.Add($"line 1: there is no column {missing}");
        problems.ThrowIfAny();

        var named = Math.Max(Find("class"), Find("label"));
        var balls = new List<Ball>();
        for (var row = 0; row < table.Rows.Count; row++)
        {
            var numbers = new float[4];
            for (var i = 0; i < numbers.Length; i++)
            {
                if (!Numbers.TryRead(table.Rows[row][columns[i + 1]], out numbers[i]) || (i == 3 && numbers[i] <= 0))
                    problems.Add($"line {table.Lines[row]}, column '{needed[i + 1]}': '{table.Rows[row][columns[i + 1]]}' is not {(i == 3 ? "a number above 0" : "a finite number")}");
            }

            var kind = named < 0 ? Something : table.Rows[row][named];
            if (kind is "" or Nothing)
                problems.Add($"line {table.Lines[row]}, column '{table.Columns[named]}': '{kind}' cannot be what lies there");
            balls.Add(new(table.Rows[row][columns[0]], numbers[0], numbers[1], numbers[2], numbers[3], kind));
        }

        problems.ThrowIfAny();
        return new(balls, [Nothing, .. balls.Select(ball => ball.Class).Distinct().Order(StringComparer.Ordinal)]);

        int Find(string name) => Array.FindIndex(table.Columns, column => string.Equals(column, name, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Whether anything is said about a volume.</summary>
    public bool Has(string series) => _balls.Contains(series);

    /// <summary>The class of each slice of a volume: that of the largest ball which the slice cuts.</summary>
    public int[] ClassesOf(string series, MetaImageHeader header)
    {
        var classes = new int[header.Size[2]];
        foreach (var ball in _balls[series].OrderBy(ball => ball.Diameter))
        {
            var (middle, reach) = (header.SliceOf(ball.X, ball.Y, ball.Z), ball.Diameter / 2 / header.Spacing[2]);
            for (var slice = (int)Math.Max(Math.Ceiling(middle - reach), 0); slice <= Math.Min(middle + reach, classes.Length - 1); slice++)
                classes[slice] = Array.IndexOf(Classes, ball.Class);
        }

        return classes;
    }

    private sealed record Ball(string Series, double X, double Y, double Z, double Diameter, string Class);
}
