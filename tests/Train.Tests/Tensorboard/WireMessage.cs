using System.Buffers.Binary;
using System.Text;

namespace Toolchain.Train.Tests.Tensorboard;

/// <summary>A protobuf message read from its bytes alone (protobuf.dev, «Encoding»), without any schema.</summary>
internal sealed class WireMessage
{
    private readonly List<(int Field, object Value)> _fields = [];

    public WireMessage(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var key = Varint(ref bytes);
            var field = (int)(key >> 3);
            switch (key & 7)
            {
                case 0:
                    _fields.Add((field, Varint(ref bytes)));
                    break;
                case 1:
                    _fields.Add((field, BinaryPrimitives.ReadDoubleLittleEndian(bytes)));
                    bytes = bytes[8..];
                    break;
                case 2:
                    var length = (int)Varint(ref bytes);
                    _fields.Add((field, bytes[..length].ToArray()));
                    bytes = bytes[length..];
                    break;
                case 5:
                    _fields.Add((field, BinaryPrimitives.ReadSingleLittleEndian(bytes)));
                    bytes = bytes[4..];
                    break;
                default:
                    throw new InvalidDataException($"Wire type {key & 7}.");
            }
        }
    }

    public bool Has(int field) => _fields.Exists(f => f.Field == field);

    public long Integer(int field) => (long)(ulong)(One(field) ?? 0UL);

    public double Double(int field) => (double)(One(field) ?? 0.0);

    public float Float(int field) => (float)(One(field) ?? 0f);

    public byte[] Bytes(int field) => (byte[])(One(field) ?? Array.Empty<byte>());

    public string Text(int field) => Encoding.UTF8.GetString(Bytes(field));

    public WireMessage Message(int field) => new(Bytes(field));

    public IEnumerable<WireMessage> Messages(int field) => All(field).Select(static b => new WireMessage((byte[])b));

    public IEnumerable<string> Texts(int field) => All(field).Select(static b => Encoding.UTF8.GetString((byte[])b));

    /// <summary>A map's entries: a key of text, and the message of the value.</summary>
    public Dictionary<string, WireMessage> Map(int field) => Messages(field).ToDictionary(static e => e.Text(1), static e => e.Message(2), StringComparer.Ordinal);

    /// <summary>Repeated doubles, packed.</summary>
    public double[] Doubles(int field)
    {
        var bytes = Bytes(field);
        return [.. Enumerable.Range(0, bytes.Length / 8).Select(i => BinaryPrimitives.ReadDoubleLittleEndian(bytes.AsSpan(8 * i)))];
    }

    private object? One(int field) => All(field).SingleOrDefault();

    private IEnumerable<object> All(int field) => _fields.Where(f => f.Field == field).Select(static f => f.Value);

    private static ulong Varint(ref ReadOnlySpan<byte> bytes)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var next = bytes[0];
            bytes = bytes[1..];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }
}
