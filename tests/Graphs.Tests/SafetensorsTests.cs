using System.Buffers.Binary;
using System.Text;
using Toolchain.Graphs.Safetensors;

namespace Toolchain.Graphs.Tests;

public sealed class SafetensorsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("safetensors").FullName;

    public static TheoryData<ElementType> NumberTypes => OnnxRoundTripTests.NumberTypes;

    [Theory]
    [MemberData(nameof(NumberTypes))]
    public void Every_element_type_keeps_its_bytes(ElementType type)
    {
        var data = new TensorData(type, [2, 3], Enumerable.Range(0, 6 * type.Size()).Select(i => (byte)(type == ElementType.Bool ? i % 2 : 251 - (40 * i))).ToArray());

        Assert.True(data.ContentEquals(SafetensorsFile.Read(Bytes([new("w", data)])).Tensors["w"]));
    }

    [Fact]
    public void Names_order_shapes_and_metadata_come_back()
    {
        var path = Path.Combine(_folder, "m.safetensors");
        KeyValuePair<string, TensorData>[] tensors =
        [
            new("layer.1.bias", TensorData.Of<byte>([1, 2, 3])),
            new("größe \"x\"\n", TensorData.Of<float>([1, 2, 3, 4], 2, 2)),
            new("a", TensorData.Scalar(3.5)),
            new("empty", new TensorData(ElementType.Float16, [0, 4], default)),
        ];

        SafetensorsFile.Write(path, tensors, new Dictionary<string, string> { ["z"] = "1", ["a"] = "größe" });
        var read = SafetensorsFile.Read(path);

        Assert.Equal(tensors.Select(static t => t.Key), read.Tensors.Keys);
        Assert.All(tensors, t => Assert.True(t.Value.ContentEquals(read.Tensors[t.Key])));
        Assert.Equal([KeyValuePair.Create("a", "größe"), KeyValuePair.Create("z", "1")], read.Metadata);
        Assert.Equal([path], Directory.GetFiles(_folder));
    }

    [Fact]
    public void The_file_is_laid_out_as_the_format_says()
    {
        var bytes = Bytes([new("b", TensorData.Of<byte>([1, 2])), new("w", TensorData.Scalar(1f))], new Dictionary<string, string> { ["k"] = "v" });

        var length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        const string Header = """{"__metadata__":{"k":"v"},"b":{"dtype":"U8","shape":[2],"data_offsets":[4,6]},"w":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}""";
        Assert.Equal(0, length % 8);
        Assert.Equal(Header.PadRight(length, ' '), Encoding.UTF8.GetString(bytes, 8, length));
        Assert.Equal([0, 0, 0x80, 0x3F, 1, 2], bytes[(8 + length)..]);
    }

    [Fact]
    public void No_tensors_are_a_file_too() => Assert.Empty(SafetensorsFile.Read(Bytes([])).Tensors);

    [Fact]
    public void Tensors_can_be_written_over_the_file_that_they_come_from()
    {
        var path = Path.Combine(_folder, "m.safetensors");
        SafetensorsFile.Write(path, OnnxSamples.Network().Initializers);

        SafetensorsFile.Write(path, SafetensorsFile.Read(path).Tensors.Reverse());

        Assert.Equal(["w2", "w1", "w0"], SafetensorsFile.Read(path).Tensors.Keys.Where(static k => k != "w3"));
        Assert.All(SafetensorsFile.Read(path).Tensors, static t => Assert.True(t.Value.ContentEquals(OnnxSamples.Network().Initializers[t.Key])));
    }

    [Theory]
    [InlineData("__metadata__", "The tensor name '__metadata__' is reserved by the safetensors format.")]
    [InlineData("w", "The tensor name 'w' stands twice.")]
    public void Names_that_the_format_cannot_hold_are_refused(string name, string message) =>
        Assert.Equal(message, OnnxProto.Error(() => Bytes([new("w", TensorData.Scalar(1f)), new(name, TensorData.Scalar(1f))])));

    [Theory]
    [InlineData("", "Cannot read 'x': it has 0 bytes and is too short to be a safetensors file.")]
    [InlineData("FFFFFFFFFFFFFFFF", "the first 8 bytes say that the header has 18446744073709551615 bytes; at most 0 are possible.")]
    [InlineData("00E1F50500000000", "the first 8 bytes say that the header has 100000000 bytes; at most 0 are possible.")]
    [InlineData("02000000000000007B", "the first 8 bytes say that the header has 2 bytes; at most 1 are possible.")]
    [InlineData("000000000000000000", "the header does not begin with '{'")]
    public void A_broken_length_is_refused(string hex, string message) =>
        Assert.Contains(message, OnnxProto.Error(() => SafetensorsFile.Read(Convert.FromHexString(hex), "x")), StringComparison.Ordinal);

    [Theory]
    [InlineData("[]", 0, "the header does not begin with '{'")]
    [InlineData("{", 0, "the header is not valid JSON at byte 9: ")]
    [InlineData("{}x", 0, "the header is not valid JSON at byte 10: ")]
    [InlineData("""{"w":1}""", 0, "'w' must be an object (byte 13).")]
    [InlineData("""{"\ud800":{}}""", 0, "the header is not valid JSON at byte ")]
    [InlineData("""{"w":{}}""", 0, "the tensor 'w' needs dtype, shape and data_offsets with two numbers (byte 14).")]
    [InlineData("""{"w":{"dtype":"F32","shape":[],"data_offsets":[0]}}""", 4, "the tensor 'w' needs dtype, shape and data_offsets with two numbers")]
    [InlineData("""{"w":{"dtype":"F8_E5M2","shape":[],"data_offsets":[0,1]}}""", 1, "the tensor 'w' has the type 'F8_E5M2'; known are F64, F32, F16, BF16, I64, I32, I16, I8, U64, U32, U16, U8, BOOL (byte 22).")]
    [InlineData("""{"w":{"dtype":"F32","dtype":"F32"}}""", 0, "the tensor 'w' has the key 'dtype'; expected dtype, shape and data_offsets, once each")]
    [InlineData("""{"w":{"strides":[1]}}""", 0, "the tensor 'w' has the key 'strides'; expected")]
    [InlineData("""{"w":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4, "'w'.shape must be a list of at most 32 whole numbers from 0 to 2^63−1 (byte 37).")]
    [InlineData("""{"w":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", 4, "'w'.shape must be a list of")]
    [InlineData("""{"w":{"dtype":"F32","shape":1,"data_offsets":[0,4]}}""", 4, "'w'.shape must be a list of numbers")]
    [InlineData("""{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "the name 'w' stands twice (byte 62).")]
    [InlineData("""{"__metadata__":{"a":"1","a":"2"}}""", 0, "the key 'a' of __metadata__ stands twice")]
    [InlineData("""{"__metadata__":{"a":1}}""", 0, "__metadata__.a must be text")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, "'w', float32 [2], needs 8 bytes, but its data_offsets [0, 4] span 4.")]
    [InlineData("""{"w":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", 4, "the data of 'w' begins at 4, but the tensor before it ends at 0;")]
    [InlineData("""{"w":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}""", 0, "'w' has the shape [4611686018427387904, 4]; one tensor may have at most 2147483647 bytes.")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}""", 3, "the data of 'b' begins at 1, but the tensor before it ends at 2; holes and overlaps are not allowed.")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[3,5]}}""", 5, "the data of 'b' begins at 3, but the tensor before it ends at 2;")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}""", 1, "the data of 'a' ends at 2, but the file has only 1 bytes of data; it may be cut off.")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}""", 3, "the tensors end at 2, but the file has 3 bytes of data.")]
    public void A_broken_header_is_refused_with_the_place(string header, int dataBytes, string message) =>
        Assert.Contains(message, OnnxProto.Error(() => SafetensorsFile.Read(File(header, dataBytes))), StringComparison.Ordinal);

    [Fact]
    public void A_header_may_end_in_spaces_and_list_tensors_in_any_order()
    {
        var read = SafetensorsFile.Read(File("""{"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]},"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}   """, 3));

        Assert.Equal(["b", "a"], read.Tensors.Keys);
    }

    [Fact]
    public void A_missing_file_is_not_found() =>
        Assert.Equal(ErrorKind.NotFound, Assert.Throws<ToolchainException>(() => SafetensorsFile.Read(Path.Combine(_folder, "none"))).Kind);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static byte[] File(string header, int dataBytes)
    {
        var json = Encoding.UTF8.GetBytes(header);
        return [.. BitConverter.GetBytes((long)json.Length), .. json, .. new byte[dataBytes]];
    }

    private static byte[] Bytes(IEnumerable<KeyValuePair<string, TensorData>> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        using var stream = new MemoryStream();
        SafetensorsFile.Write(stream, tensors, metadata);
        return stream.ToArray();
    }
}
