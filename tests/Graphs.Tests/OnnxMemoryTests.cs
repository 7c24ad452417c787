using System.Globalization;
using System.Runtime.CompilerServices;
using Google.Protobuf;
using Toolchain.Graphs.Files;
using Toolchain.Graphs.Onnx;
using Toolchain.Graphs.Onnx.Schema;
using Toolchain.Graphs.Safetensors;

namespace Toolchain.Graphs.Tests;

/// <summary>Alone, because it watches the memory of the whole process.</summary>
[CollectionDefinition(nameof(OnnxMemoryTests), DisableParallelization = true)]
[Collection(nameof(OnnxMemoryTests))]
public sealed class OnnxMemoryTests : IDisposable
{
    private const long Megabyte = 1 << 20;

    // Two of them exceed what one array or one protobuf message can hold.
    private const long HugeWeight = 1300 * Megabyte;

    private static readonly Dictionary<string, Action<ModelProto>> Swollen = new(StringComparer.Ordinal)
    {
        ["empty nodes"] = static m => m.Graph.Node.AddRange(Many(static _ => new NodeProto())),
        ["small nodes"] = static m => m.Graph.Node.AddRange(Many(static i => new NodeProto { OpType = "R", Input = { "x" }, Output = { Name(i) } })),
        ["empty attributes"] = static m => m.Graph.Node[0].Attribute.AddRange(Many(static _ => new AttributeProto())),
        ["node inputs"] = static m => m.Graph.Node[0].Input.AddRange(Many(static _ => "")),
        ["small numbers"] = static m => m.AddAttribute(new() { Name = "a", Type = AttributeProto.Types.AttributeType.Ints, Ints = { Many(static _ => 1L) } }),
        ["empty strings"] = static m => m.AddAttribute(new() { Name = "a", Type = AttributeProto.Types.AttributeType.Strings, Strings = { Many(static _ => ByteString.Empty) } }),
        ["empty kept messages"] = static m => m.AddAttribute(new() { Name = "a", Type = AttributeProto.Types.AttributeType.Graphs, Graphs = { Many(static _ => new GraphProto()) } }),
        ["dimensions"] = static m => m.Graph.Initializer[0].Dims.AddRange(Many(static _ => 1L)),
        ["claimed dimensions"] = static m => m.Graph.Initializer[0].Dims[0] = 50_000_000,
        ["empty input dimensions"] = static m => m.Graph.Input[0].Type.TensorType.Shape.Dim.AddRange(Many(static _ => new TensorShapeProto.Types.Dimension())),
        ["empty initializers"] = static m => m.Graph.Initializer.AddRange(Many(static i => new TensorProto { Name = Name(i), DataType = 1, Dims = { 0 } })),
        ["typed bytes"] = static m => m.Graph.Initializer.Add(new TensorProto { Name = "t", DataType = 7, Dims = { 50_000 }, Int64Data = { Many(static _ => 1L) } }),
        ["metadata"] = static m => m.MetadataProps.AddRange(Many(static i => new StringStringEntryProto { Key = Name(i) })),
        ["value_info"] = static m => m.Graph.ValueInfo.AddRange(Many(static i => OnnxProto.Value(Name(i)))),
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("onnx-memory").FullName;

    public static TheoryData<string> SwollenNames => [.. Swollen.Keys];

    [Theory]
    [MemberData(nameof(SwollenNames))]
    public void Memory_stays_a_small_multiple_of_the_file(string name)
    {
        var model = OnnxProto.Model();
        Swollen[name](model);
        var bytes = model.ToByteArray();
        Allocated.AtMost(Megabyte + (100L * bytes.Length), () =>
        {
            try
            {
                OnnxFile.Read(bytes);
            }
            catch (ToolchainException)
            {
                // Refusing is fine; taking much memory before is not.
            }
        });
    }

    [Fact]
    public void A_model_of_gigabytes_is_read_without_loading_it()
    {
        var path = Path.Combine(_folder, "huge.onnx");
        WriteHuge(path);
        Assert.True(new FileInfo(path).Length > int.MaxValue);
        var resident = ResidentBytes();

        var weights = ReadInLittleMemory(() => OnnxFile.Read(path).Graph.Initializers);

        Assert.InRange(ResidentBytes() - resident, long.MinValue, 500 * Megabyte);
        Assert.Equal([HugeWeight, HugeWeight], weights.Values.Select(static w => w.ByteCount));
        Assert.Equal((0, 7), (weights["w1"].Bytes.Span[0], weights["w1"].Bytes.Span[^1]));
    }

    [Fact]
    public void Safetensors_of_gigabytes_are_read_without_loading_them()
    {
        var path = Path.Combine(_folder, "huge.safetensors");
        var header = System.Text.Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $$$"""{"a":{"dtype":"U8","shape":[{{{HugeWeight}}}],"data_offsets":[0,{{{HugeWeight}}}]},"b":{"dtype":"F32","shape":[{{{HugeWeight / 4}}}],"data_offsets":[{{{HugeWeight}}},{{{2 * HugeWeight}}}]}}"""));
        using (var file = new FileStream(path, FileMode.Create))
        {
            file.Write(BitConverter.GetBytes((long)header.Length));
            file.Write(header);
            file.SetLength(8 + header.Length + (2 * HugeWeight));
        }

        var resident = ResidentBytes();

        var tensors = ReadInLittleMemory(() => SafetensorsFile.Read(path).Tensors);

        Assert.InRange(ResidentBytes() - resident, long.MinValue, 500 * Megabyte);
        Assert.Equal(0f, tensors["b"].Values<float>()[^1]);
    }

    [Fact]
    public void External_weights_of_gigabytes_are_read_without_loading_them()
    {
        var path = Path.Combine(_folder, "huge.onnx");
        using (var file = new FileStream(OnnxFile.DataOf(path), FileMode.Create))
        {
            file.SetLength(2 * HugeWeight);
        }

        var writer = new OnnxWriter(Huge(), new(), Path.GetFileName(OnnxFile.DataOf(path)));
        using (var file = new FileStream(path, FileMode.Create))
        {
            writer.Write(file);
        }

        Assert.Equal(2 * HugeWeight, writer.ExternalBytes);
        var resident = ResidentBytes();

        var weights = ReadInLittleMemory(() => OnnxFile.Read(path).Graph.Initializers);

        Assert.InRange(ResidentBytes() - resident, long.MinValue, 500 * Megabyte);
        Assert.Equal([HugeWeight, HugeWeight], weights.Values.Select(static w => w.ByteCount));
        Assert.Equal(0, weights["w1"].Bytes.Span[^1]);
    }

    [Fact]
    public void Weights_of_gigabytes_are_written_piece_by_piece()
    {
        var writer = new OnnxWriter(Huge(), new(), "huge.onnx.data");

        Allocated.AtMost(4 * Megabyte, () =>
        {
            using var stream = new CountingStream();
            writer.WriteExternal(stream);
            Assert.Equal(2 * HugeWeight, stream.Written);
        });
    }

    [Fact]
    public void What_is_written_from_a_mapped_file_does_not_stay_in_memory()
    {
        const long length = 256 * Megabyte;
        var path = Path.Combine(_folder, "mapped");
        using (var file = new FileStream(path, FileMode.Create))
        {
            file.SetLength(length);
        }

        var data = new TensorData(ElementType.UInt8, [length], MappedFile.Open(path).Window(0, (int)length));
        using var stream = new CountingStream();
        var resident = ResidentBytes();

        data.WriteTo(stream);

        Assert.Equal((length, 0L), (stream.Written, stream.Sum));
        Assert.InRange(ResidentBytes() - resident, long.MinValue, length / 2);
        Assert.Equal(0, data.Bytes.Span[^1]);
    }

    [Fact]
    public void A_span_may_outlive_every_reference_to_its_model()
    {
        var path = Path.Combine(_folder, "m.onnx");
        OnnxFile.Write(OnnxSamples.Network(), path);
        var span = Weight(path);

        Collect();

        Assert.Equal(OnnxSamples.Network().Initializers["w0"].Bytes.Span, span);
        Assert.Contains(path, File.ReadAllText("/proc/self/maps"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_mapping_ends_when_nothing_refers_to_it()
    {
        var path = Path.Combine(_folder, "mapped");
        File.WriteAllText(path, "mapped");
        ReadThroughWindow(path);
        Collect();

        Assert.DoesNotContain(path, File.ReadAllText("/proc/self/maps"), StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // These are methods of their own, so that no register or stack slot of the test still refers to the owner.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ReadOnlySpan<byte> Weight(string path) => OnnxFile.Read(path).Graph.Initializers["w0"].Bytes.Span;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ReadThroughWindow(string path)
    {
        var window = MappedFile.Open(path, TimeSpan.Zero).Window(0, 6);
        Collect();
        Assert.Equal("mapped"u8, window.Span);
        Assert.Contains(path, File.ReadAllText("/proc/self/maps"), StringComparison.Ordinal);
    }

    private static void Collect()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }

    /// <summary>A valid model with two weights that are holes in the file, but for the very last byte.</summary>
    private static void WriteHuge(string path)
    {
        using var file = new FileStream(path, FileMode.Create);
        var rest = new GraphProto { Name = "huge" }.ToByteArray();
        var tensors = Enumerable.Range(0, 2).Select(static i => Prefixed(
            new TensorProto { Name = $"w{i}", DataType = (int)ElementType.UInt8, Dims = { HugeWeight } }.ToByteArray(), TensorProto.RawDataFieldNumber, HugeWeight)).ToArray();
        var initializers = tensors.Select(static t => Prefixed([], GraphProto.InitializerFieldNumber, t.Length + HugeWeight)).ToArray();
        var graph = rest.Length + tensors.Concat(initializers).Sum(static p => (long)p.Length) + (2 * HugeWeight);
        var model = OnnxProto.Model();
        model.Graph = null;
        file.Write(Prefixed(model.ToByteArray(), ModelProto.GraphFieldNumber, graph));
        file.Write(rest);
        foreach (var (tensor, initializer) in tensors.Zip(initializers))
        {
            file.Write(initializer);
            file.Write(tensor);
            file.SetLength(file.Position + HugeWeight);
            file.Seek(-1, SeekOrigin.End);
            file.WriteByte(7);
        }
    }

    // Two weights that nobody computes; Page-sized, so that the external file has no gap between them.
    private static Graph Huge()
    {
        var sketch = new OnnxSketch();
        sketch.Node(new Add(), sketch.Weight(Nothing()), sketch.Weight(Nothing()));
        return sketch.Build();

        static TensorData Nothing() => TensorData.Computed(ElementType.UInt8, [HugeWeight], static (_, _) => { });
    }

    private static byte[] Prefixed(byte[] before, int field, long length)
    {
        using var stream = new MemoryStream();
        stream.Write(before);
        using (var output = new CodedOutputStream(stream, leaveOpen: true))
        {
            output.WriteTag(field, WireFormat.WireType.LengthDelimited);
            output.WriteInt64(length);
        }

        return stream.ToArray();
    }

    private static IEnumerable<T> Many<T>(Func<int, T> item) => Enumerable.Range(0, 50_000).Select(item);

    private static string Name(int i) => i.ToString("x", CultureInfo.InvariantCulture);

    private static T ReadInLittleMemory<T>(Func<T> read)
    {
        T? result = default;
        Allocated.AtMost(Megabyte / 4, () => result = read());
        return result!;
    }

    private static long ResidentBytes()
    {
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        return process.WorkingSet64;
    }

    /// <summary>Counts what is written, and touches every page of it.</summary>
    private sealed class CountingStream : MemoryStream
    {
        private const int Page = 4096;

        public long Written { get; private set; }

        public long Sum { get; private set; }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            Written += buffer.Length;
            for (var at = 0; at < buffer.Length; at += Page)
            {
                Sum += buffer[at];
            }
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));
    }
}
