using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Toolchain.Serve.Protocol;

/// <summary>
/// Integers of one to four digits with a comma after each, as pixels come in JSON: 32 bytes are searched for commas at once, and the digits
/// before a comma become a number without a branch for each. Whatever else comes is left to <see cref="TensorJsonReader"/>, which knows what is wrong with it.
/// </summary>
internal static class ShortIntegers
{
    private const int MaxDigits = sizeof(uint);

    // Of each byte of a digit in ASCII, the upper half is 3; it still is when 6 is added, which it would not be after '9'.
    private const uint Upper = 0xF0F0F0F0;
    private const uint Six = 0x06060606;
    private const uint Threes = 0x33333333;

    /// <summary>Reads such integers from where one would begin, blank or not (one space, as Python writes it).</summary>
    /// <param name="json">The text.</param>
    /// <param name="values">Receives them, in as many as there is room for.</param>
    /// <param name="length">The bytes that were read; the last is a comma.</param>
    /// <returns>How many were read. The first that is not one of these, does not fit into <typeparamref name="T"/>, or is among the last 36 bytes ends it.</returns>
    public static int Read<T>(ReadOnlySpan<byte> json, Span<T> values, out int length) where T : unmanaged
    {
        var commas = Vector256.Create((byte)',');
        var count = 0;
        length = 0;
        for (var block = 0; block <= json.Length - Vector256<byte>.Count - MaxDigits; block += Vector256<byte>.Count)
        {
            var found = Vector256.Equals(Vector256.Create(json[block..]), commas).ExtractMostSignificantBits();
            for (; found != 0; found &= found - 1)
            {
                var comma = block + BitOperations.TrailingZeroCount(found);
                if (count == values.Length || !TryGet(json, json[length] == (byte)' ' ? length + 1 : length, comma, out values[count]))
                {
                    return count;
                }

                count++;
                length = comma + 1;
            }
        }

        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryGet<T>(ReadOnlySpan<byte> json, int start, int end, out T value) where T : unmanaged
    {
        Unsafe.SkipInit(out value);
        var digits = end - start;
        if (digits is < 1 or > MaxDigits || (json[start] == (byte)'0' && digits > 1))
        {
            return false;
        }

        // The last digit is the uppermost byte, as if zeros stood before the first.
        var shift = 8 * (MaxDigits - digits);
        var text = BinaryPrimitives.ReadUInt32LittleEndian(json[start..]) << shift;
        if (((text & Upper) | (((text + (Six << shift)) & Upper) >> 4)) != Threes << shift)
        {
            return false;
        }

        var ones = text & ~Upper;
        var pairs = ((10 * ones) + (ones >> 8)) & 0x00FF00FF;
        var number = ((100 * pairs) + (pairs >> 16)) & 0xFFFF;
        switch (default(T))
        {
            case byte:
                Unsafe.As<T, byte>(ref value) = (byte)number;
                return number <= byte.MaxValue;
            case sbyte:
                Unsafe.As<T, sbyte>(ref value) = (sbyte)number;
                return number <= (uint)sbyte.MaxValue;
            case ushort or short:
                Unsafe.As<T, ushort>(ref value) = (ushort)number;
                return true;
            case uint or int:
                Unsafe.As<T, uint>(ref value) = number;
                return true;
            case ulong or long:
                Unsafe.As<T, ulong>(ref value) = number;
                return true;
            case float:
                Unsafe.As<T, float>(ref value) = number;
                return true;
            case double:
                Unsafe.As<T, double>(ref value) = number;
                return true;
            default:
                return false;
        }
    }
}
