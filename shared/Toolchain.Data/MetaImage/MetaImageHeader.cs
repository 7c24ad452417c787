using System.Globalization;
using System.Text;

namespace Toolchain.Data;

/// <summary>
/// What a MetaImage header (<c>.mhd</c>, <c>.mha</c>; https://itk.org/Wiki/ITK/MetaIO/Documentation) says about a volume: lines of «key = value», of which the
/// last names the file with the values, the first axis innermost, or says that they follow in the same file (<c>LOCAL</c>).
/// </summary>
/// <param name="Size">Values along each of the three axes; of a flat image the third is 1.</param>
/// <param name="Spacing">Millimetres from one value to the next, along each axis.</param>
/// <param name="Offset">Where the first value lies, in millimetres.</param>
/// <param name="Axes">The direction of each axis as a unit vector, one row an axis.</param>
/// <param name="Element">The type of the values.</param>
/// <param name="BigEndian">Whether their most significant byte comes first.</param>
/// <param name="Compressed">Whether the file is a zlib stream.</param>
/// <param name="CompressedBytes">Its length, where the header has it.</param>
/// <param name="DataFile">The file with the values, beside the header; with local data, the header's own.</param>
internal sealed record MetaImageHeader(
    int[] Size, double[] Spacing, double[] Offset, double[] Axes, MetaImageElement Element, bool BigEndian, bool Compressed, long? CompressedBytes, string DataFile)
{
    private static readonly string[] MatrixKeys = ["TransformMatrix", "Orientation", "Rotation"];

    private const string LastKey = "ElementDataFile";
    private const string Local = "LOCAL";
    private const int LargestHeader = 64 * 1024;
    private const long MostValues = 1L << 32;
    private const double LargestSlant = 1e-3;

    /// <summary>Where the values begin in <see cref="DataFile"/>: behind the header with local data, otherwise at 0.</summary>
    public int DataStart { get; private init; }

    /// <summary>Bytes of one slice of the third axis.</summary>
    public int SliceBytes => Size[0] * Size[1] * Element.Bytes;

    /// <summary>Bytes of all values.</summary>
    public long DataBytes => (long)SliceBytes * Size[2];

    /// <summary>What <see cref="DataBytes"/> is made of, for messages.</summary>
    public string Announced => $"{string.Join(" × ", Size)} {Element.Name} = {DataBytes} bytes";

    /// <summary>The third index, as a fraction, of a point given in millimetres.</summary>
    public double SliceOf(double x, double y, double z) =>
        (((x - Offset[0]) * Axes[6]) + ((y - Offset[1]) * Axes[7]) + ((z - Offset[2]) * Axes[8])) / Spacing[2];

    /// <summary>Reads a header file.</summary>
    /// <exception cref="ToolchainException">It is not one, or of a kind that is not read (<see cref="ErrorKind.BadInput"/>).</exception>
    public static MetaImageHeader Read(string path)
    {
        var bytes = Beginning(path, out var length);
        var end = EndOf(bytes);
        if (end is null && length > LargestHeader)
            throw Bad($"it has {length} bytes and no {LastKey} in the first {LargestHeader}, where headers have it");
        var header = Parse(Encoding.UTF8.GetString(bytes.AsSpan(0, end ?? bytes.Length)));
        if (header.DataFile == Local)
            return header with { DataFile = Path.GetFileName(path), DataStart = end ?? bytes.Length };
        return length <= LargestHeader ? header : throw Bad($"it has {length} bytes, and headers have 1 to {LargestHeader}");
    }

    private static byte[] Beginning(string path, out long length)
    {
        if (new FileInfo(path) is { Exists: true, Length: 0 })
            throw Bad("it is empty (0 bytes)");
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        length = file.Length;
        var bytes = new byte[Math.Min(length, LargestHeader)];
        return bytes.AsSpan(0, file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)).ToArray();
    }

    // Behind the line break of the last line, where local data begins; null where there is no such line.
    private static int? EndOf(ReadOnlySpan<byte> bytes)
    {
        for (var start = 0; bytes[start..].IndexOf((byte)'\n') is >= 0 and var length; start += length + 1)
        {
            var line = bytes.Slice(start, length).TrimStart((byte)' ');
            if (line.StartsWith(Encoding.ASCII.GetBytes(LastKey)) && line[LastKey.Length..].TrimStart((byte)' ').StartsWith("="u8))
                return start + length + 1;
        }

        return null;
    }

    internal static MetaImageHeader Parse(string text)
    {
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0))
        {
            var sign = line.IndexOf('=', StringComparison.Ordinal);
            if (sign < 1)
                throw Bad($"'{(line.Length > 40 ? line[..40] : line)}' is not a line of a MetaImage header, which are written key = value");
            values[line[..sign].Trim()] = line[(sign + 1)..].Trim();
            if (values.ContainsKey(LastKey))
                break;
        }

        return new Fields(values).ToHeader();
    }

    private static ToolchainException Bad(string fault) => new(ErrorKind.BadInput, fault);

    private sealed class Fields(Dictionary<string, string> values)
    {
        public MetaImageHeader ToHeader()
        {
            var dimensions = (int)Number("NDims", 2, 3);
            Refuse("BinaryData", "False", "values as text");
            if (values.GetValueOrDefault("HeaderSize", "0") != "0")
                throw Bad($"HeaderSize is {values["HeaderSize"]}; only files without a header of their own are read");
            if (values.GetValueOrDefault("ElementNumberOfChannels", "1") != "1")
                throw Bad($"ElementNumberOfChannels is {values["ElementNumberOfChannels"]}; only volumes of one channel are read");
            var size = Sizes(dimensions);
            var element = MetaImageElement.Of(Text("ElementType"));
            if ((long)size[0] * size[1] > ImageLimits.Default.MaxPixels || size.Aggregate(Int128.One, (product, n) => product * n) > MostValues)
                throw Bad($"DimSize is {string.Join(" × ", size)}; the limits are {ImageLimits.Default.MaxPixels} values a slice and {MostValues} in all");
            var header = new MetaImageHeader(
                size,
                Reals(["ElementSpacing", "ElementSize"], dimensions, [1, 1, 1]),
                Reals(["Offset", "Position", "Origin"], dimensions, [0, 0, 0]),
                Axes(dimensions),
                element,
                IsTrue("BinaryDataByteOrderMSB") || IsTrue("ElementByteOrderMSB"),
                IsTrue("CompressedData"),
                values.ContainsKey("CompressedDataSize") && IsTrue("CompressedData") ? Number("CompressedDataSize", 1, long.MaxValue) : null,
                DataFile());
            return header.Spacing.All(step => step > 0) ? header : throw Bad($"ElementSpacing is {string.Join(' ', header.Spacing)}; distances are above 0");
        }

        private string Text(string key) => values.TryGetValue(key, out var text) && text.Length > 0 ? text : throw Bad($"the header has no {key}");

        private bool IsTrue(string key) => values.TryGetValue(key, out var text) && string.Equals(text, "True", StringComparison.OrdinalIgnoreCase);

        private void Refuse(string key, string value, string meaning)
        {
            if (string.Equals(values.GetValueOrDefault(key, ""), value, StringComparison.OrdinalIgnoreCase))
                throw Bad($"{key} is {value}: {meaning} are not read");
        }

        private long Number(string key, long low, long high) =>
            long.TryParse(Text(key), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= low && number <= high
                ? number
                : throw Bad($"{key} is {Text(key)}; it must be {low} to {high}");

        private int[] Sizes(int dimensions)
        {
            var words = Words("DimSize", dimensions);
            int[] sizes = [.. words.Select(word => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size > 0 ? size : throw Bad($"DimSize is {Text("DimSize")}; sizes are whole and above 0"))];
            return dimensions == 3 ? sizes : [.. sizes, 1];
        }

        private double[] Reals(string[] names, int dimensions, double[] standard)
        {
            if (names.FirstOrDefault(values.ContainsKey) is not { } key)
                return standard;
            var numbers = Numbers(key, dimensions);
            return dimensions == 3 ? numbers : [.. numbers, standard[2]];
        }

        private double[] Axes(int dimensions)
        {
            if (MatrixKeys.FirstOrDefault(values.ContainsKey) is not { } key)
                return [1, 0, 0, 0, 1, 0, 0, 0, 1];
            var m = Numbers(key, dimensions * dimensions);
            double[] axes = dimensions == 3 ? m : [m[0], m[1], 0, m[2], m[3], 0, 0, 0, 1];
            for (var (i, j) = (0, 0); i < 3; (i, j) = j < 2 ? (i, j + 1) : (i + 1, 0))
            {
                var product = (axes[3 * i] * axes[3 * j]) + (axes[(3 * i) + 1] * axes[(3 * j) + 1]) + (axes[(3 * i) + 2] * axes[(3 * j) + 2]);
                if (!(Math.Abs(product - (i == j ? 1 : 0)) <= LargestSlant))
                    throw Bad($"{key} is {values[key]}; its rows must be unit vectors at right angles");
            }

            return axes;
        }

        private double[] Numbers(string key, int count) =>
            [.. Words(key, count).Select(word => double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : throw Bad($"{key} is {values[key]}, which are not {count} numbers"))];

        private string[] Words(string key, int count)
        {
            var words = Text(key).Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return words.Length == count ? words : throw Bad($"{key} is {Text(key)}; {count} numbers are needed");
        }

        private string DataFile()
        {
            var name = Text(LastKey);
            if (string.Equals(name, Local, StringComparison.OrdinalIgnoreCase))
                return Local;
            if (name.StartsWith("LIST", StringComparison.OrdinalIgnoreCase) || name.Contains('%', StringComparison.Ordinal))
                throw Bad($"{LastKey} is {name}; only volumes with one data file, or with their data in the header's, are read");
            return name == Path.GetFileName(name) && name is not ("." or "..")
                ? name
                : throw Bad($"{LastKey} is {name}; the data must lie beside the header");
        }
    }
}
