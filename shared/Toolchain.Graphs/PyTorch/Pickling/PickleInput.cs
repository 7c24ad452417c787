using System.Buffers.Binary;
using Toolchain.Graphs.Onnx;

namespace Toolchain.Graphs.PyTorch.Pickling;

/// <summary>The bytes of a pickle, read in order; every read is within bounds or an error that says where.</summary>
/// <param name="bytes">From the pickle's first byte on; there may be more behind its end.</param>
/// <param name="start">Where they begin in the file.</param>
/// <param name="maxTextBytes">Bytes of one text at most.</param>
internal sealed class PickleInput(ReadOnlyMemory<byte> bytes, long start, int maxTextBytes)
{
    private int _position;
    private int _instruction;

    /// <summary>Where in the file the next byte is.</summary>
    internal long Position => start + _position;

    /// <summary>The next instruction; errors point to it from now on.</summary>
    internal PickleOpcode Instruction()
    {
        _instruction = _position;
        return (PickleOpcode)Byte();
    }

    internal byte Byte() => Take(1)[0];

    internal ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    internal int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    internal uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    internal ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    internal double Double() => BinaryPrimitives.ReadDoubleBigEndian(Take(8));

    /// <summary>A run of bytes.</summary>
    internal ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)(bytes.Length - _position))
        {
            throw Fail($"the pickle ends {count - (ulong)(bytes.Length - _position)} bytes too early; the file may be cut off");
        }

        var taken = bytes.Span.Slice(_position, (int)count);
        _position += (int)count;
        return taken;
    }

    /// <summary>Text of a known number of bytes.</summary>
    internal string Text(ulong count)
    {
        if (count > (ulong)maxTextBytes)
        {
            throw Fail($"a text has {count} bytes; at most {maxTextBytes} are read");
        }

        return StrictUtf8.Decode(Take(count)) ?? throw Fail("a text is not UTF-8");
    }

    /// <summary>Text up to the end of the line.</summary>
    internal string Line()
    {
        var rest = bytes.Span[_position..];
        var end = rest[..Math.Min(rest.Length, maxTextBytes)].IndexOf((byte)'\n');
        if (end < 0)
        {
            throw Fail("a name has no end");
        }

        var line = Text((ulong)end);
        _position++;
        return line;
    }

    /// <summary>An error at the instruction that was read last.</summary>
    internal ToolchainException Fail(string problem) => new(ErrorKind.BadInput, $"{problem} (byte {start + _instruction}).");
}
