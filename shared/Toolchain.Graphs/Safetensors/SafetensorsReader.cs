using System.Buffers.Binary;
using Toolchain.Graphs.Files;

namespace Toolchain.Graphs.Safetensors;

/// <summary>Reads a file: eight bytes with the header's length, the header, the data without holes or overlaps.</summary>
internal sealed class SafetensorsReader(ByteSource source)
{
    private const int LengthBytes = 8;

    // The format's own limit.
    private const long MaxHeaderBytes = 100_000_000;

    /// <summary>Whether a file begins as the format does: a possible length, and the header's brace.</summary>
    internal static bool Recognises(ByteSource source) => source.Length > LengthBytes
        && BinaryPrimitives.ReadUInt64LittleEndian(source.Span(0, LengthBytes)) <= MaxHeaderBytes && source.Span(LengthBytes, 1)[0] == (byte)'{';

    /// <summary>Reads the header and checks it against the file.</summary>
    /// <param name="tensor">Makes a tensor of its entry and where its bytes begin; by default one over a window of the source.</param>
    internal SafetensorsFile Read(Func<SafetensorsEntry, long, TensorData>? tensor = null)
    {
        if (source.Length < LengthBytes)
        {
            throw Fail($"it has {source.Length} bytes and is too short to be a safetensors file");
        }

        var length = BinaryPrimitives.ReadUInt64LittleEndian(source.Span(0, LengthBytes));
        if (length > MaxHeaderBytes || (long)length > source.Length - LengthBytes)
        {
            throw Fail($"the first 8 bytes say that the header has {length} bytes; at most {Math.Min(MaxHeaderBytes, source.Length - LengthBytes)} are possible");
        }

        var json = source.Span(LengthBytes, (int)length);
        if (!json.StartsWith("{"u8))
        {
            throw Fail("the header does not begin with '{'; this is not a safetensors file");
        }

        var header = new SafetensorsHeader(json);
        header.Read();
        var data = LengthBytes + (long)length;
        CheckOffsets(header.Entries, source.Length - data);
        tensor ??= (entry, start) => new TensorData(entry.Type, entry.Dimensions, source.Window(start, (int)(entry.End - entry.Begin)));
        var tensors = header.Entries.Select(e => KeyValuePair.Create(e.Name, tensor(e, data + e.Begin)));
        return new() { Tensors = new(tensors), Metadata = header.Metadata };
    }

    private static void CheckOffsets(List<SafetensorsEntry> entries, long available)
    {
        var position = 0L;
        foreach (var entry in entries.OrderBy(static e => e.Begin).ThenBy(static e => e.End))
        {
            if (entry.Begin != position)
            {
                throw Fail($"the data of '{entry.Name}' begins at {entry.Begin}, but the tensor before it ends at {position}; holes and overlaps are not allowed");
            }

            var bytes = CountBytes(entry);
            if (entry.End - entry.Begin != bytes)
            {
                throw Fail($"'{entry.Name}', {entry.Type.Display()} {entry.Dimensions}, needs {bytes} bytes, but its data_offsets [{entry.Begin}, {entry.End}] span {entry.End - entry.Begin}");
            }

            if (entry.End > available)
            {
                throw Fail($"the data of '{entry.Name}' ends at {entry.End}, but the file has only {available} bytes of data; it may be cut off");
            }

            position = entry.End;
        }

        if (position != available)
        {
            throw Fail($"the tensors end at {position}, but the file has {available} bytes of data");
        }
    }

    private static Int128 CountBytes(SafetensorsEntry entry)
    {
        var bytes = (Int128)entry.Type.Size();
        foreach (var dimension in entry.Dimensions)
        {
            bytes *= dimension;
            if (bytes > int.MaxValue)
            {
                throw Fail($"'{entry.Name}' has the shape {entry.Dimensions}; one tensor may have at most {int.MaxValue} bytes");
            }
        }

        return bytes;
    }

    private static ToolchainException Fail(string problem) => new(ErrorKind.BadInput, $"{problem}.");
}
