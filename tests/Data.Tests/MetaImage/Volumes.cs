using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;

namespace Toolchain.Data.Tests;

/// <summary>Writes MetaImage volumes.</summary>
internal static class Volumes
{
    /// <summary>A header; lines of the standard one may be replaced or, with an empty value, left out.</summary>
    public static string Header(string data, int[] size, string type = "MET_SHORT", params (string Key, string Value)[] other)
    {
        var lines = new Dictionary<string, string>
        {
            ["ObjectType"] = "Image",
            ["NDims"] = $"{size.Length}",
            ["BinaryData"] = "True",
            ["BinaryDataByteOrderMSB"] = "False",
            ["CompressedData"] = "False",
            ["TransformMatrix"] = size.Length == 3 ? "1 0 0 0 1 0 0 0 1" : "1 0 0 1",
            ["Offset"] = string.Join(' ', size.Select(_ => "0")),
            ["ElementSpacing"] = string.Join(' ', size.Select(_ => "1")),
            ["DimSize"] = string.Join(' ', size),
            ["ElementType"] = type,
        };
        foreach (var (key, value) in other)
            lines[key] = value;
        lines.Add("ElementDataFile", data);
        return string.Concat(lines.Where(line => line.Value.Length > 0).Select(line => $"{line.Key} = {line.Value}\n"));
    }

    /// <summary>A volume of signed 16-bit values, as <c>NAME.mhd</c> with <c>NAME.raw</c> or <c>NAME.zraw</c>.</summary>
    public static void Write(string folder, string name, int[] size, Func<int, short> value, bool compressed = false, params (string Key, string Value)[] other)
    {
        var bytes = Shorts(Enumerable.Range(0, size.Aggregate(1, (product, n) => product * n)).Select(value));
        var file = $"{name}.{(compressed ? "zraw" : "raw")}";
        File.WriteAllText(Path.Combine(folder, $"{name}.mhd"), Header(file, size, "MET_SHORT", [("CompressedData", compressed ? "True" : "False"), .. other]));
        File.WriteAllBytes(Path.Combine(folder, file), compressed ? Compress(bytes) : bytes);
    }

    /// <summary>The same as one file, <c>NAME.mha</c>.</summary>
    public static void WriteLocal(string folder, string name, int[] size, Func<int, short> value, bool compressed = false)
    {
        var bytes = Shorts(Enumerable.Range(0, size.Aggregate(1, (product, n) => product * n)).Select(value));
        var header = Header("LOCAL", size, "MET_SHORT", ("CompressedData", compressed ? "True" : "False"));
        File.WriteAllBytes(Path.Combine(folder, $"{name}.mha"), [.. System.Text.Encoding.ASCII.GetBytes(header), .. compressed ? Compress(bytes) : bytes]);
    }

    public static byte[] Shorts(IEnumerable<short> values, bool bigEndian = false) => [.. values.SelectMany(value =>
    {
        var bytes = new byte[2];
        if (bigEndian)
            BinaryPrimitives.WriteInt16BigEndian(bytes, value);
        else
            BinaryPrimitives.WriteInt16LittleEndian(bytes, value);
        return bytes;
    })];

    public static byte[] Compress(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest))
            zlib.Write(bytes);
        return packed.ToArray();
    }

    /// <summary>An annotations file; each row is series, x, y, z, diameter.</summary>
    public static string Annotations(params (string Series, double X, double Y, double Z, double Diameter)[] rows) =>
        "seriesuid,coordX,coordY,coordZ,diameter_mm\n" + string.Concat(rows.Select(row => string.Create(CultureInfo.InvariantCulture, $"{row.Series},{row.X},{row.Y},{row.Z},{row.Diameter}\n")));
}
