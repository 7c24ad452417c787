using System.Buffers.Binary;

namespace Toolchain.Data.Tests;

public sealed class MetaImageFolderTests : IDisposable
{
    private readonly ImageFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false, true)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(true, false)]
    public void Slices_are_windowed_and_those_that_cut_a_ball_are_annotated(bool compressed, bool cached)
    {
        for (var volume = 0; volume < 5; volume++)
            Volumes.Write(_folder.Path, $"v{volume}", [4, 3, 6], i => (short)((i * 40) - 1200 + volume), compressed, ("ElementSpacing", "1 1 2"), ("Offset", "10 20 -100"));

        // In slices of 2 mm from z = −100, a ball of 5 mm around z = −95 is cut by those at −96 and −94: it reaches from −97.5 to −92.5.
        Write(("v0", 12, 21, -95, 5), ("v1", 12, 21, -95, 5), ("v2", 0, 0, -90, 0.1), ("other", 0, 0, 0, 5));
        var data = Open(cached);
        Assert.Equal(["none", "annotated"], data.Train.ClassNames);
        Assert.Equal((24, 6, 3, 4, 1), (data.Train.Count, data.Test.Count, data.Train.Height, data.Train.Width, data.Train.Channels));
        foreach (var part in new[] { data.Train, data.Test })
        {
            for (var i = 0; i < part.Count; i++)
            {
                var (volume, slice) = (part.SampleNames[i][1] - '0', part.SampleNames[i][^1] - '0');
                Assert.Equal($"v{volume}.mhd#{slice}", part.SampleNames[i]);
                Assert.Equal(Enumerable.Range(slice * 12, 12).Select(value => Level((value * 40) - 1200 + volume)), part.Image(i).ToArray());
                Assert.Equal((volume < 2 && slice is 2 or 3) || (volume == 2 && slice == 5), part.Labels[i] == 1);
            }
        }

        // Whole volumes are kept for the test, and for validation.
        Assert.Single(data.Test.SampleNames.Select(name => name[..2]).Distinct());
        var divided = new SplitPlan { Share = 0.25 }.Divide(data);
        Assert.Equal(("grouped", 6), (divided.Method, divided.Split.Validation.Length));
        Assert.Single(divided.Split.Validation.Select(i => data.Train.SampleNames[i][..2]).Distinct());
        var folds = new SplitPlan { Folds = 4, Fold = 2 }.Divide(data).Split;
        Assert.Single(folds.Validation.Select(i => data.Train.SampleNames[i][..2]).Distinct());
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(true, false)]
    public void A_volume_in_one_file_is_what_it_is_in_two(bool compressed, bool cached)
    {
        short Value(int i) => (short)((i * 40) - 1200);
        Volumes.Write(_folder.Path, "two", [4, 3, 6], Value, compressed);
        Volumes.WriteLocal(_folder.Path, "one", [4, 3, 6], Value, compressed);
        Write(("one", 0, 0, 2, 1), ("two", 0, 0, 2, 1));
        var data = Open(cached);
        var slices = new[] { data.Train, data.Test }.SelectMany(part => Enumerable.Range(0, part.Count).Select(i => (Name: part.SampleNames[i], Pixels: part.Image(i).ToArray(), Label: part.Labels[i]))).ToArray();
        Assert.Equal(12, slices.Length);
        foreach (var (name, pixels, label) in slices.Where(slice => slice.Name.StartsWith("one.mha#", StringComparison.Ordinal)))
        {
            var other = slices.Single(slice => slice.Name == $"two.mhd#{name[^1]}");
            Assert.Equal(other.Pixels, pixels);
            Assert.Equal((other.Label, name[^1] == '2' ? 1 : 0), (label, label));
        }
    }

    [Theory]
    [InlineData(-1, false, "but x.mha behind its header has 127")]
    [InlineData(1, false, "but x.mha behind its header has 129")]
    [InlineData(-20, true, " in slice ")]
    public void A_volume_in_one_file_that_is_cut_short_or_too_long_is_told(int more, bool compressed, string fault)
    {
        Volumes.Write(_folder.Path, "good", [4, 4, 4], _ => 0);
        Volumes.WriteLocal(_folder.Path, "x", [4, 4, 4], i => (short)(i * 977), compressed);
        var path = _folder.File("x.mha");
        var bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, more < 0 ? bytes[..^-more] : [.. bytes, .. new byte[more]]);
        Write(("good", 0, 0, 0, 1));
        var error = Fault();
        Assert.Contains($"{path}: ", error, StringComparison.Ordinal);
        Assert.Contains(fault, error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_large_file_that_is_no_volume_is_not_read_to_its_end()
    {
        Volumes.Write(_folder.Path, "good", [4, 4, 4], _ => 0);
        using (var file = File.Create(_folder.File("x.mha")))
            file.SetLength(1L << 40);
        Write(("good", 0, 0, 0, 1));
        Assert.Contains("it has 1099511627776 bytes and no ElementDataFile in the first 65536", Fault(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("MET_UCHAR", 1, 200.0, 200)]
    [InlineData("MET_CHAR", 1, -100.0, 115)]
    [InlineData("MET_USHORT", 2, 500.0, 191)]
    [InlineData("MET_SHORT", 2, -1000.0, 0)]
    [InlineData("MET_SHORT", 2, -32768.0, 0)]
    [InlineData("MET_UINT", 4, 4000000000.0, 255)]
    [InlineData("MET_INT", 4, 0.0, 128)]
    [InlineData("MET_FLOAT", 4, 999.9, 255)]
    [InlineData("MET_FLOAT", 4, double.NaN, 0)]
    [InlineData("MET_DOUBLE", 8, -500.0, 64)]
    public void Every_type_and_byte_order_is_read(string type, int bytes, double value, byte level)
    {
        var little = Bytes(type, value);
        Assert.Equal(bytes, little.Length);
        foreach (var (name, big) in ((string, bool)[])[("little", false), ("big", true)])
        {
            var one = big ? little.Reverse().ToArray() : little;
            File.WriteAllText(_folder.File($"{name}.mhd"), Volumes.Header($"{name}.raw", [2, 2, 2], type, ("BinaryDataByteOrderMSB", big ? "True" : "False")));
            File.WriteAllBytes(_folder.File($"{name}.raw"), [.. Enumerable.Repeat(one, 8).SelectMany(b => b)]);
        }

        Write(("little", 0, 0, 0, 1));
        var data = Open();
        Assert.All(data.Train.Pixels.ToArray().Concat(data.Test.Pixels.ToArray()), pixel => Assert.Equal(level, pixel));
    }

    [Fact]
    public void A_third_axis_that_points_down_turns_the_slices_round()
    {
        var header = MetaImageHeader.Parse(Volumes.Header("x.raw", [4, 4, 10], "MET_SHORT", ("TransformMatrix", "-1 0 0 0 1 0 0 0 -1"), ("ElementSpacing", "0.7 0.7 2.5"), ("Offset", "100 -50 300")));
        Assert.Equal(0, header.SliceOf(0, 0, 300), 1e-9);
        Assert.Equal(4, header.SliceOf(7, 7, 290), 1e-9);

        // Turned by 30 degrees about the first axis: the third axis is (0, −sin, cos).
        var (sin, cos) = (0.5, Math.Sqrt(3) / 2);
        var turned = MetaImageHeader.Parse(Volumes.Header("x.raw", [4, 4, 10], "MET_SHORT", ("TransformMatrix", FormattableString.Invariant($"1 0 0 0 {cos} {sin} 0 {-sin} {cos}"))));
        Assert.Equal(3, turned.SliceOf(9, -3 * sin, 3 * cos), 1e-9);
    }

    [Fact]
    public void A_flat_image_is_one_slice_and_classes_come_from_a_column()
    {
        for (var i = 0; i < 6; i++)
        {
            File.WriteAllText(_folder.File($"{i}.mhd"), Volumes.Header($"{i}.raw", [3, 2]));
            File.WriteAllBytes(_folder.File($"{i}.raw"), Volumes.Shorts(Enumerable.Repeat((short)i, 6)));
        }

        File.WriteAllText(_folder.File("annotations.csv"), "seriesuid,coordX,coordY,coordZ,diameter_mm,class\n0,0,0,0,3,cyst\n1,0,0,0,3,cyst\n1,0,0,0,9,tumour\n2,0,0,50,9,tumour\n");
        var data = Open();
        Assert.Equal(["none", "cyst", "tumour"], data.Train.ClassNames);
        var labels = data.Train.SampleNames.Zip(data.Train.Labels.ToArray()).Concat(data.Test.SampleNames.Zip(data.Test.Labels.ToArray())).OrderBy(pair => pair.First, StringComparer.Ordinal).Select(pair => pair.Second);
        Assert.Equal([1, 2, 0, 0, 0, 0], labels);
    }

    [Fact]
    public void Volumes_of_several_sizes_are_resized()
    {
        Volumes.Write(_folder.Path, "small", [8, 8, 2], _ => 0);
        Volumes.Write(_folder.Path, "large", [16, 20, 2], _ => 1000);
        Write(("small", 0, 0, 0, 1));
        var data = Open();
        Assert.Equal((8, 8), (data.Train.Height, data.Train.Width));
        Assert.Equal((byte[])[128, 255], new[] { data.Train, data.Test }.SelectMany(part => part.Pixels.ToArray()).Distinct().Order());
    }

    public static TheoryData<string, string, int, string> Damages => new()
    {
        { "no line", "just text\n", 0, "'just text' is not a line of a MetaImage header" },
        { "cut", Volumes.Header("x.raw", [4, 4, 4]), 100, "announces 4 × 4 × 4 MET_SHORT = 128 bytes, but x.raw has 100" },
        { "long", Volumes.Header("x.raw", [4, 4, 4]), 129, "but x.raw has 129" },
        { "huge", Volumes.Header("x.raw", [40000, 40000, 40000]), 128, "DimSize is 40000 × 40000 × 40000; the limits are" },
        { "overflow", Volumes.Header("x.raw", [2147483647, 2147483647, 2147483647]), 128, "the limits are" },
        { "negative", Volumes.Header("x.raw", [4, 4, 4], "MET_SHORT", ("DimSize", "4 -4 4")), 128, "DimSize is 4 -4 4" },
        { "few", Volumes.Header("x.raw", [4, 4, 4], "MET_SHORT", ("DimSize", "4 4")), 128, "3 numbers are needed" },
        { "type", Volumes.Header("x.raw", [4, 4, 4], "MET_LONG_LONG"), 128, "ElementType is MET_LONG_LONG; known are MET_UCHAR" },
        { "dimensions", Volumes.Header("x.raw", [4, 4, 4], "MET_SHORT", ("NDims", "4")), 128, "NDims is 4; it must be 2 to 3" },
        { "text", Volumes.Header("x.raw", [4, 4, 4], "MET_SHORT", ("BinaryData", "False")), 128, "values as text are not read" },
        { "channels", Volumes.Header("x.raw", [4, 4, 4], "MET_SHORT", ("ElementNumberOfChannels", "3")), 128, "ElementNumberOfChannels is 3" },
        { "offset", Volumes.Header("x.raw", [4, 4, 4], "MET_SHORT", ("HeaderSize", "-1")), 128, "HeaderSize is -1" },
        { "spacing", Volumes.Header("x.raw", [4, 4, 4], "MET_SHORT", ("ElementSpacing", "1 1 0")), 128, "distances are above 0" },
        { "slant", Volumes.Header("x.raw", [4, 4, 4], "MET_SHORT", ("TransformMatrix", "1 0 0 0 1 0 0 1 1")), 128, "unit vectors at right angles" },
        { "infinite", Volumes.Header("x.raw", [4, 4, 4], "MET_SHORT", ("Offset", "0 0 NaN")), 128, "Offset is 0 0 NaN" },
        { "local", Volumes.Header("LOCAL", [4, 4, 4]), 128, "announces 4 × 4 × 4 MET_SHORT = 128 bytes, but x.mhd behind its header has 0" },
        { "list", Volumes.Header("LIST", [4, 4, 4]), 128, "ElementDataFile is LIST" },
        { "leaving", Volumes.Header("../x.raw", [4, 4, 4]), 128, "the data must lie beside the header" },
        { "rooted", Volumes.Header("/dev/zero", [4, 4, 4]), 128, "the data must lie beside the header" },
        { "missing", Volumes.Header("y.raw", [4, 4, 4]), 128, "its data file y.raw is missing" },
        { "compressed size", Volumes.Header("x.raw", [4, 4, 4], "MET_SHORT", ("CompressedData", "True"), ("CompressedDataSize", "7")), 128, "CompressedDataSize is 7, but x.raw has 128 bytes" },
        { "impossible", Volumes.Header("x.raw", [4096, 4096, 100], "MET_SHORT", ("CompressedData", "True")), 128, "more than the 128 bytes of x.raw can hold" },
        { "no zlib", Volumes.Header("x.raw", [4, 4, 4], "MET_SHORT", ("CompressedData", "True")), 128, "the compressed data in x.raw is damaged in slice 0 of 4" },
    };

    [Theory]
    [MemberData(nameof(Damages))]
    public void A_damaged_volume_stops_with_its_path_or_is_left_out(string kind, string header, int bytes, string fault)
    {
        Volumes.Write(_folder.Path, "one", [4, 4, 4], _ => 0);
        Volumes.Write(_folder.Path, "two", [4, 4, 4], _ => 0);
        File.WriteAllText(_folder.File("x.mhd"), header);
        File.WriteAllBytes(_folder.File("x.raw"), new byte[bytes]);
        Write(("one", 0, 0, 0, 1));
        Assert.NotEmpty(kind);
        var error = Assert.Throws<ToolchainException>(() => Open());
        Assert.Equal(ErrorKind.BadInput, error.Kind);
        Assert.Contains($"{_folder.File("x.mhd")}: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(fault, error.Message, StringComparison.Ordinal);
        foreach (var cached in new[] { true, false })
        {
            var data = Open(cached, skipBad: true);
            Assert.Equal((8, 1), (data.Train.Count + data.Test.Count, data.Skipped.Length));
        }
    }

    [Theory]
    [InlineData(127, "ends in slice 3 of 4")]
    [InlineData(129, "but more follow in x.zraw")]
    [InlineData(20_000_000, "but more follow in x.zraw")]
    public void A_compressed_volume_of_another_length_is_damaged_and_a_bomb_does_not_go_off(int bytes, string fault)
    {
        Volumes.Write(_folder.Path, "one", [4, 4, 4], _ => 0);
        File.WriteAllText(_folder.File("x.mhd"), Volumes.Header("x.zraw", [4, 4, 4], "MET_SHORT", ("CompressedData", "True")));
        File.WriteAllBytes(_folder.File("x.zraw"), Volumes.Compress(new byte[bytes]));
        Write(("one", 0, 0, 0, 1));
        Allocated.AtMost(10_000_000, () => Assert.Contains(fault, Assert.Throws<ToolchainException>(() => Open()).Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Annotations_that_are_missing_or_wrong_are_told()
    {
        Volumes.Write(_folder.Path, "one", [4, 4, 4], _ => 0);
        Assert.Equal(ErrorKind.NotFound, Assert.Throws<ToolchainException>(() => Open()).Kind);
        Write(("two", 0, 0, 0, 1));
        Assert.Contains("says nothing about any of its 1 volumes, such as one", Fault(), StringComparison.Ordinal);
        Write(("one", 0, 0, 0, -1));
        Assert.Contains("line 2, column 'diameter_mm': '-1' is not a number above 0", Fault(), StringComparison.Ordinal);
        File.WriteAllText(_folder.File("annotations.csv"), "seriesuid,coordX\none,1\n");
        Assert.Contains("there is no column coordY", Fault(), StringComparison.Ordinal);
        File.Delete(_folder.File("one.mhd"));
        Write(("one", 0, 0, 0, 1));
        Assert.Contains("has no .mhd or .mha file", Fault(), StringComparison.Ordinal);
    }

    private DatasetSplits Open(bool cached = true, bool skipBad = false) =>
        DatasetCatalog.Open($"metaimage:{_folder.Path}", new() { Cache = cached ? _folder.Cache : null, SkipBad = skipBad });

    private string Fault() => Assert.Throws<ToolchainException>(() => Open()).Message;

    private void Write(params (string Series, double X, double Y, double Z, double Diameter)[] rows) =>
        File.WriteAllText(_folder.File("annotations.csv"), Volumes.Annotations(rows));

    private static byte Level(int units) => (byte)Math.Round((Math.Clamp(units, -1000, 1000) + 1000) * 255.0 / 2000, MidpointRounding.AwayFromZero);

    private static byte[] Bytes(string type, double value)
    {
        var bytes = new byte[8];
        switch (type)
        {
            case "MET_UCHAR":
                return [(byte)value];
            case "MET_CHAR":
                return [(byte)(sbyte)value];
            case "MET_USHORT":
                BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)value);
                return bytes[..2];
            case "MET_SHORT":
                BinaryPrimitives.WriteInt16LittleEndian(bytes, (short)value);
                return bytes[..2];
            case "MET_UINT":
                BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)value);
                return bytes[..4];
            case "MET_INT":
                BinaryPrimitives.WriteInt32LittleEndian(bytes, (int)value);
                return bytes[..4];
            case "MET_FLOAT":
                BinaryPrimitives.WriteSingleLittleEndian(bytes, (float)value);
                return bytes[..4];
            case "MET_DOUBLE":
                BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
                return bytes;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "Unknown type.");
        }
    }
}
