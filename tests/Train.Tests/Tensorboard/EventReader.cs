using System.Buffers.Binary;

namespace Toolchain.Train.Tests.Tensorboard;

/// <summary>A value of a summary, as its bytes say.</summary>
internal sealed record TaggedValue(long Step, string Tag, WireMessage Value)
{
    public float Scalar => Value.Float(2);

    public bool IsScalar => Value.Has(2);

    public WireMessage Image => Value.Message(4);

    public WireMessage Histogram => Value.Message(5);

    public WireMessage Metadata => Value.Message(9);

    public string Text => Assert.Single(Value.Message(8).Texts(8));
}

/// <summary>Reads event files as TensorBoard does, from the format's description alone: record by record, checking both CRCs.</summary>
internal static class EventReader
{
    public static IReadOnlyList<WireMessage> Events(string path)
    {
        var events = new List<WireMessage>();
        ReadOnlySpan<byte> bytes = File.ReadAllBytes(path);
        while (bytes.Length > 0)
        {
            var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            Assert.Equal(Masked(bytes[..8]), BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]));
            Assert.Equal(Masked(bytes.Slice(12, length)), BinaryPrimitives.ReadUInt32LittleEndian(bytes[(12 + length)..]));
            events.Add(new(bytes.Slice(12, length)));
            bytes = bytes[(16 + length)..];
        }

        return events;
    }

    /// <summary>The values of all summaries.</summary>
    public static IReadOnlyList<TaggedValue> Values(IEnumerable<WireMessage> events) =>
        [.. events.SelectMany(static e => e.Message(5).Messages(1).Select(v => new TaggedValue(e.Integer(2), v.Text(1), v)))];

    // Bit by bit: the polynomial 0x1EDC6F41, reflected.
    private static uint Masked(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ (0x82f63b78u & (uint)-(int)(crc & 1));
            }
        }

        crc = ~crc;
        return unchecked(((crc >> 15) | (crc << 17)) + 0xa282ead8u);
    }
}
