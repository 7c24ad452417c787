using Google.Protobuf;
using Toolchain.Graphs.Onnx;

namespace Toolchain.Graphs.Tests;

public sealed class OnnxWireTests
{
    [Theory]
    [InlineData("", "ir_version is missing; this is not an ONNX model.")]
    [InlineData("08", "ir_version at byte 0: the integer is cut off.")]
    [InlineData("08FFFFFFFFFFFFFFFFFFFF01", "ir_version at byte 0: the integer has more than 10 bytes.")]
    [InlineData("80", "a field at byte 0: the integer is cut off.")]
    [InlineData("00", "a field at byte 0: 0 is not a field number.")]
    [InlineData("0D00000000", "ir_version at byte 0: expected wire type 0, found 5.")]
    [InlineData("0807150000", "producer_name at byte 2: expected wire type 2, found 5.")]
    [InlineData("080712057A", "producer_name at byte 2: expected 5 bytes, but only 1 remain.")]
    [InlineData("080712FFFFFFFFFFFFFFFFFF01", "producer_name at byte 2: expected 18446744073709551615 bytes, but only 0 remain.")]
    [InlineData("08071202C328", "producer_name at byte 2: the text is not valid UTF-8.")]
    [InlineData("0807A306", "field 100 at byte 2: wire type 3 is not used by ONNX.")]
    [InlineData("0807A106000000", "field 100 at byte 2: expected 8 bytes, but only 3 remain.")]
    [InlineData("08073A0412010062", "graph.output[0] at byte 7: the integer is cut off.")]
    [InlineData("08073A0F2A0D080210014201774A0400000000", "graph.initializer[0] 'w' at byte 6: expected 8 bytes for float32 [2], found 4.")]
    [InlineData("3A040A0212FF", "graph.node[0].output[0] at byte 4: the integer is cut off.")]
    public void Bytes_that_are_no_message_are_named(string hex, string message) =>
        Assert.Equal($"Cannot read 'bytes': {message}", OnnxProto.Error(() => OnnxFile.Read(Convert.FromHexString(hex), "bytes")));

    [Fact]
    public void A_file_cut_off_anywhere_is_refused()
    {
        var bytes = OnnxProto.Model().ToByteArray();
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.StartsWith("Cannot read 'cut': ", OnnxProto.Error(() => OnnxFile.Read(bytes.AsMemory(0, length), "cut")), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Fields_that_nobody_knows_are_passed_over()
    {
        // Field 1000 as an integer and field 1001 as text, at the end of the model.
        byte[] bytes = [.. OnnxProto.Model().ToByteArray(), 0xC0, 0x3E, 0x01, 0xCA, 0x3E, 0x02, 0x68, 0x69];

        Assert.Equal(2, OnnxFile.Read(bytes).Graph.Nodes.Count);
    }

    [Fact]
    public void A_missing_file_is_not_found() =>
        Assert.Equal(ErrorKind.NotFound, Assert.Throws<ToolchainException>(() => OnnxFile.Read(Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.onnx"))).Kind);

    [Fact]
    public void A_folder_is_no_model() =>
        Assert.Contains("it is a folder", OnnxProto.Error(() => OnnxFile.Read(Path.GetTempPath())), StringComparison.Ordinal);
}
