using Google.Protobuf;
using Toolchain.Graphs.Onnx;
using Toolchain.Graphs.Onnx.Schema;

namespace Toolchain.Graphs.Tests;

public sealed class OnnxExternalDataTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("onnx-external").FullName;

    private string Model => Path.Combine(_folder, "inside", "m.onnx");

    public OnnxExternalDataTests() => Directory.CreateDirectory(Path.Combine(_folder, "inside", "weights"));

    [Fact]
    public void Large_weights_can_live_beside_the_model()
    {
        var graph = OnnxSamples.Network();

        OnnxFile.Write(graph, Model, new() { ExternalDataThreshold = 100 });

        OnnxRoundTripTests.AssertSame(graph, OnnxFile.Read(Model).Graph);
        Assert.Equal([Model, Model + ".data"], Directory.GetFiles(Path.GetDirectoryName(Model)!).Order(StringComparer.Ordinal));
        var weights = ModelProto.Parser.ParseFrom(File.ReadAllBytes(Model)).Graph.Initializer;
        Assert.Equal([432, 10240], weights.Where(static w => !w.HasRawData).Select(static w => int.Parse(w.ExternalData.Single(static e => e.Key == "length").Value, System.Globalization.CultureInfo.InvariantCulture)));
        Assert.Equal(["0", "4096"], weights.Where(static w => !w.HasRawData).Select(static w => w.ExternalData.Single(static e => e.Key == "offset").Value));
        Assert.All(weights.Where(static w => !w.HasRawData), static w => Assert.Equal("m.onnx.data", w.ExternalData.Single(static e => e.Key == "location").Value));
    }

    [Fact]
    public void A_threshold_that_no_weight_reaches_makes_no_file()
    {
        OnnxFile.Write(OnnxSamples.Network(), Model, new() { ExternalDataThreshold = 1 << 20 });

        Assert.False(File.Exists(Model + ".data"));
        OnnxRoundTripTests.AssertSame(OnnxSamples.Network(), OnnxFile.Read(Model).Graph);
    }

    [Theory]
    [InlineData("weights/w.bin", null, null)]
    [InlineData("weights/w.bin", "0", null)]
    [InlineData("weights/w.bin", "100", "400")]
    public void External_data_is_read_from_its_place(string location, string? offset, string? length)
    {
        var bytes = Enumerable.Range(0, 500).Select(static i => (byte)i).ToArray();
        File.WriteAllBytes(Path.Combine(_folder, "inside", "weights", "w.bin"), bytes);
        Write(location, offset, length);

        var skipped = offset is null ? 0 : int.Parse(offset, System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(bytes.AsSpan(skipped, 400), OnnxFile.Read(Model).Graph.Initializers["w"].Bytes.Span);
    }

    [Theory]
    [InlineData("", null, null, "the external file '' is not a plain relative path inside the model's folder.")]
    [InlineData("../w.bin", null, null, "the external file '../w.bin' is not a plain relative path inside the model's folder.")]
    [InlineData("weights/../../w.bin", null, null, "is not a plain relative path")]
    [InlineData("..\\w.bin", null, null, "is not a plain relative path")]
    [InlineData("/etc/passwd", null, null, "the external file '/etc/passwd' is not a plain relative path inside the model's folder.")]
    [InlineData("C:\\w.bin", null, null, "is not a plain relative path")]
    [InlineData("w\0.bin", null, null, "is not a plain relative path")]
    [InlineData("link.bin", null, null, "the external file 'link.bin' leads out of the model's folder through a symbolic link.")]
    [InlineData("out/w.bin", null, null, "the external file 'out/w.bin' leads out of the model's folder through a symbolic link.")]
    [InlineData("loop", null, null, "goes through more than 40 symbolic links.")]
    [InlineData("weights/w.bin", "101", null, "expected 400 bytes at offset 101 of external file 'weights/w.bin', but it has 500.")]
    [InlineData("weights/w.bin", "9223372036854775807", null, "expected 400 bytes at offset 9223372036854775807 of external file 'weights/w.bin', but it has 500.")]
    [InlineData("weights/w.bin", "-1", null, "external_data has offset '-1'; expected a number of bytes.")]
    [InlineData("weights/w.bin", "0x10", null, "external_data has offset '0x10'; expected a number of bytes.")]
    [InlineData("weights/w.bin", null, "396", "expected 400 bytes of external data, found length 396.")]
    public void External_data_from_elsewhere_or_of_another_size_is_refused(string location, string? offset, string? length, string message)
    {
        File.WriteAllBytes(Path.Combine(_folder, "inside", "weights", "w.bin"), new byte[500]);
        File.WriteAllBytes(Path.Combine(_folder, "w.bin"), new byte[500]);
        File.CreateSymbolicLink(Path.Combine(_folder, "inside", "link.bin"), Path.Combine("..", "w.bin"));
        Directory.CreateSymbolicLink(Path.Combine(_folder, "inside", "out"), _folder);
        File.CreateSymbolicLink(Path.Combine(_folder, "inside", "loop"), "loop");
        Write(location, offset, length);

        Assert.Contains(message, OnnxProto.Error(() => OnnxFile.Read(Model)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_that_stays_inside_is_followed()
    {
        File.WriteAllBytes(Path.Combine(_folder, "inside", "weights", "w.bin"), new byte[400]);
        File.CreateSymbolicLink(Path.Combine(_folder, "inside", "link.bin"), Path.Combine("weights", "..", "weights", "w.bin"));
        Directory.CreateSymbolicLink(Path.Combine(_folder, "seen"), Path.Combine(_folder, "inside"));
        Write("link.bin", null, null);

        Assert.Equal(400, OnnxFile.Read(Path.Combine(_folder, "seen", "m.onnx")).Graph.Initializers["w"].ByteCount);
    }

    [Fact]
    public void A_path_that_is_too_long_is_refused_in_few_words()
    {
        Write(new string('n', 5000), null, null);

        var error = OnnxProto.Error(() => OnnxFile.Read(Model));

        Assert.EndsWith("…': the path is longer than the file system takes.", error, StringComparison.Ordinal);
        Assert.InRange(error.Length, 0, 500);
    }

    [Fact]
    public void A_missing_external_file_is_not_found()
    {
        Write("weights/none.bin", null, null);

        var error = Assert.Throws<ToolchainException>(() => OnnxFile.Read(Model));

        Assert.Equal(ErrorKind.NotFound, error.Kind);
        Assert.Contains("none.bin", error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private void Write(string location, string? offset, string? length)
    {
        var model = OnnxProto.Model();
        var weight = model.Graph.Initializer[0];
        weight.ClearRawData();
        weight.DataLocation = TensorProto.Types.DataLocation.External;
        foreach (var (key, value) in new[] { ("location", location), ("offset", offset), ("length", length) })
        {
            if (value is not null)
            {
                weight.ExternalData.Add(new StringStringEntryProto { Key = key, Value = value });
            }
        }

        File.WriteAllBytes(Model, model.ToByteArray());
    }
}
