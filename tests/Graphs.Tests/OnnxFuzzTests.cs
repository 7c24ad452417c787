using Google.Protobuf;
using Toolchain.Graphs.Onnx;
using Toolchain.Graphs.PyTorch;
using Toolchain.Graphs.Safetensors;
using Toolchain.Graphs.Tests.PyTorch;

namespace Toolchain.Graphs.Tests;

public sealed class OnnxFuzzTests
{
    // Objects are larger than the bytes that describe them, and the error that ends a reading costs something too.
    private const long BytesPerByte = 60;
    private const long BytesPerReading = 256 << 10;

    // The sizes of the storages of Fixtures/checkpoint.pth.
    private static readonly byte[][] CheckpointStorages = Array.ConvertAll((int[])[72, 8, 8, 8, 8, 8, 8, 64, 8, 4, 64, 64, 4, 8, 8], static bytes => new byte[bytes]);

    private static readonly Dictionary<string, (byte[] Valid, Action<byte[]> Read)> Formats = new(StringComparer.Ordinal)
    {
        ["onnx of this toolchain"] = (OnnxRoundTripTests.Bytes(OnnxSamples.EveryOperator(), new() { WriteValueInfo = true }), static b => OnnxFile.Read(b)),
        ["onnx of opset 21"] = (OnnxRoundTripTests.Bytes(OnnxSamples.EveryOperator(), new() { Opset = 21 }), static b => OnnxFile.Read(b)),
        ["onnx of others"] = (Foreign(), static b => OnnxFile.Read(b)),
        ["safetensors"] = (Tensors(), static b => SafetensorsFile.Read(b)),
        ["pytorch zip"] = (Fixture.Bytes("net.pth"), static b => ReadAll(PyTorchFile.Read(b))),
        ["pytorch legacy"] = (Fixture.Bytes("tensors-legacy.pth"), static b => ReadAll(PyTorchFile.Read(b))),
        ["pytorch pickle"] = (Fixture.Pickle("checkpoint.pth"), static b => PyTorchFile.Read(Fixture.Archive(b, CheckpointStorages))),
    };

    public static TheoryData<string, int> Seeds => [.. Formats.Keys.SelectMany(static _ => Enumerable.Range(1, 3), static (name, seed) => (name, seed))];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Damaged_files_give_errors_and_take_little_memory(string format, int seed)
    {
        var (valid, read) = Formats[format];
        var random = new Random(seed);
        var refused = 0;
        read(valid);
        for (var i = 0; i < 1000; i++)
        {
            var bytes = Mutate(valid, random);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                read(bytes);
            }
            catch (ToolchainException e) when (e.Kind == ErrorKind.BadInput && e.Message.Length > 20)
            {
                refused++;
            }

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, BytesPerReading + (BytesPerByte * bytes.Length));
        }

        // Some mutations only change a weight or a letter; if all did, nothing was tested.
        Assert.InRange(refused, 300, 1000);
    }

    private static byte[] Mutate(byte[] valid, Random random)
    {
        var bytes = valid.ToList();
        for (var n = random.Next(1, 4); n > 0 && bytes.Count > 0; n--)
        {
            var at = random.Next(bytes.Count);
            var length = Math.Min(random.Next(1, 20), bytes.Count - at);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes.InsertRange(at, Enumerable.Range(0, length).Select(_ => (byte)random.Next(256)));
                    break;
                case 3:
                    bytes.RemoveRange(at, length);
                    break;
                case 4:
                    bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(at, length));
                    break;
                default:
                    bytes.RemoveRange(at, random.Next(8) == 0 ? bytes.Count - at : 1);
                    break;
            }
        }

        return [.. bytes];
    }

    private static byte[] Foreign()
    {
        var model = OnnxProto.Model();
        model.Graph.Initializer[0].Dims[0] = 1;
        model.Graph.Initializer[0].RawData = ByteString.CopyFrom(new byte[40]);
        model.Graph.Initializer.Add(new Onnx.Schema.TensorProto { Name = "typed", DataType = 1, Dims = { 3 }, FloatData = { 1, 2, 3 } });
        model.Graph.Initializer.Add(new Onnx.Schema.TensorProto { Name = "half", DataType = 10, Dims = { 2 }, Int32Data = { 1, 2 } });
        model.Graph.Initializer.Add(new Onnx.Schema.TensorProto { Name = "longs", DataType = 7, Dims = { 2 }, Int64Data = { -1, 2 } });
        model.AddAttribute(new() { Name = "body", Type = Onnx.Schema.AttributeProto.Types.AttributeType.Graph, G = model.Graph.Clone() });
        return model.ToByteArray();
    }

    // Tensors that are no windows are made when they are first looked at.
    private static void ReadAll(PyTorchFile file) => Assert.All(file.Tensors.Values, static t => Assert.Equal(t.ByteCount, t.Bytes.Length));

    private static byte[] Tensors()
    {
        using var stream = new MemoryStream();
        SafetensorsFile.Write(stream, OnnxSamples.EveryOperator().Initializers.Take(8), new Dictionary<string, string> { ["format"] = "pt" });
        return stream.ToArray();
    }
}
