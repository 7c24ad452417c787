using System.Buffers.Binary;
using System.Numerics;

namespace Toolchain.Train.Tensorboard;

/// <summary>The CRC with Castagnoli's polynomial (RFC 3720, section 12.1), and the form in which TFRecord files store it.</summary>
internal static class Crc32C
{
    // A CRC that is stored beside the data that it is of would spoil the CRC of both together.
    private const uint MaskDelta = 0xa282ead8;

    /// <summary>The CRC of some bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }

        foreach (var value in bytes)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return ~crc;
    }

    /// <summary>The CRC turned right by 15 bits, plus a constant.</summary>
    public static uint MaskedOf(ReadOnlySpan<byte> bytes) => BitOperations.RotateRight(Of(bytes), 15) + MaskDelta;
}
