using System.Buffers.Text;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace Toolchain.Serve.Protocol;

/// <summary>
/// A number as JSON writes it (RFC 8259, section 6). Short ones, which are nearly all, become floating-point values by one exact operation
/// (W. Clinger, "How to read floating point numbers accurately", 1990: fewer than 2^53 and a power of ten up to 10^22 are both exact);
/// the others are left to the framework's parser. Both give the nearest value.
/// </summary>
internal readonly struct JsonNumber
{
    // So many decimal digits always fit into 64 bits.
    private const int MaxDigits = 19;
    private const int MaxPower = 22;
    private const int MaxExponent = 100_000;

    // Of a double's bits, those that a float does not have, and the value of them that lies between two floats.
    private const ulong Below = 0x1FFF_FFFF;
    private const ulong Halfway = 0x1000_0000;
    private readonly ulong _digits;
    private readonly int _power;
    private readonly bool _isNegative;
    private readonly bool _isWhole;
    private readonly bool _isComplete;

    private JsonNumber(ulong digits, int power, bool isNegative, bool isWhole, bool isComplete) =>
        (_digits, _power, _isNegative, _isWhole, _isComplete) = (digits, power, isNegative, isWhole, isComplete);

    private static ReadOnlySpan<double> Tens => [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22];

    private bool IsShort => _isComplete && _digits <= 1UL << 53 && Math.Abs(_power) <= MaxPower;

    /// <summary>Reads the number that a text begins with.</summary>
    /// <returns>Its bytes; 0 when there is none.</returns>
    public static int Scan(ReadOnlySpan<byte> text, out JsonNumber number)
    {
        number = default;
        var isNegative = !text.IsEmpty && text[0] == (byte)'-';
        var start = isNegative ? 1 : 0;
        var digits = 0UL;
        var at = Digits(text, start, ref digits);
        var count = at - start;
        if (count == 0 || (count > 1 && text[start] == (byte)'0'))
        {
            return 0;
        }

        var (power, isWhole) = (0, true);
        if (at < text.Length && text[at] == (byte)'.')
        {
            var end = Digits(text, at + 1, ref digits);
            power = at + 1 - end;
            if (power == 0)
            {
                return 0;
            }

            (at, count, isWhole) = (end, count - power, false);
        }

        if (at < text.Length && (text[at] | 0x20) == 'e')
        {
            var length = Exponent(text[(at + 1)..], out var exponent);
            if (length == 0)
            {
                return 0;
            }

            (at, power, isWhole) = (at + 1 + length, power + exponent, false);
        }

        number = new(digits, power, isNegative, isWhole, count <= MaxDigits);
        return at;
    }

    /// <summary>The nearest value.</summary>
    /// <param name="text">The bytes that were scanned.</param>
    /// <param name="value">The value.</param>
    /// <returns>False when it is too large.</returns>
    public bool TryGet(ReadOnlySpan<byte> text, out double value)
    {
        if (!IsShort)
        {
            return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);
        }

        value = Short();
        return true;
    }

    /// <inheritdoc cref="TryGet(ReadOnlySpan{byte}, out double)"/>
    public bool TryGet(ReadOnlySpan<byte> text, out float value)
    {
        // Rounding twice gives the nearest value unless the first rounding led exactly between two. None of these is as small as a subnormal float.
        if (IsShort && Short() is var wide && (BitConverter.DoubleToUInt64Bits(wide) & Below) != Halfway)
        {
            value = (float)wide;
            return true;
        }

        // Not by Utf8Parser: of many digits it takes zeros at the end for others, and rounds what lies between two values the wrong way.
        return float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && float.IsFinite(value);
    }

    /// <summary>The value as an integer of the type.</summary>
    /// <param name="text">The bytes that were scanned.</param>
    /// <param name="value">The value.</param>
    /// <returns>False when it has a fraction or an exponent, or does not fit.</returns>
    public bool TryGetWhole<T>(ReadOnlySpan<byte> text, out T value) where T : unmanaged
    {
        Unsafe.SkipInit(out value);
        if (!_isWhole)
        {
            return false;
        }

        if (!_isComplete || _digits > long.MaxValue)
        {
            return typeof(T) == typeof(ulong) ? Utf8Parser.TryParse(text, out Unsafe.As<T, ulong>(ref value), out var used) && used == text.Length
                : typeof(T) == typeof(long) && Utf8Parser.TryParse(text, out Unsafe.As<T, long>(ref value), out used) && used == text.Length;
        }

        var whole = _isNegative ? -(long)_digits : (long)_digits;
        switch (default(T))
        {
            case byte:
                Unsafe.As<T, byte>(ref value) = (byte)whole;
                return whole is >= byte.MinValue and <= byte.MaxValue;
            case sbyte:
                Unsafe.As<T, sbyte>(ref value) = (sbyte)whole;
                return whole is >= sbyte.MinValue and <= sbyte.MaxValue;
            case ushort:
                Unsafe.As<T, ushort>(ref value) = (ushort)whole;
                return whole is >= ushort.MinValue and <= ushort.MaxValue;
            case short:
                Unsafe.As<T, short>(ref value) = (short)whole;
                return whole is >= short.MinValue and <= short.MaxValue;
            case uint:
                Unsafe.As<T, uint>(ref value) = (uint)whole;
                return whole is >= uint.MinValue and <= uint.MaxValue;
            case int:
                Unsafe.As<T, int>(ref value) = (int)whole;
                return whole is >= int.MinValue and <= int.MaxValue;
            case ulong:
                Unsafe.As<T, ulong>(ref value) = (ulong)whole;
                return whole >= 0;
            case long:
                Unsafe.As<T, long>(ref value) = whole;
                return true;
            default:
                throw new NotSupportedException($"No tensor of {typeof(T)} is read from JSON.");
        }
    }

    private double Short()
    {
        var value = _power < 0 ? _digits / Tens[-_power] : _digits * Tens[_power];
        return _isNegative ? -value : value;
    }

    private static int Digits(ReadOnlySpan<byte> text, int at, ref ulong digits)
    {
        while (at < text.Length && (uint)(text[at] - '0') <= 9)
        {
            // Wraps around beyond MaxDigits, where the value is not used.
            digits = unchecked((digits * 10) + (ulong)(text[at] - '0'));
            at++;
        }

        return at;
    }

    // The bytes after the letter; 0 when they are no exponent.
    private static int Exponent(ReadOnlySpan<byte> text, out int exponent)
    {
        exponent = 0;
        var start = !text.IsEmpty && text[0] is (byte)'+' or (byte)'-' ? 1 : 0;
        var at = start;
        while (at < text.Length && (uint)(text[at] - '0') <= 9)
        {
            exponent = Math.Min((exponent * 10) + (text[at] - '0'), MaxExponent);
            at++;
        }

        if (start == 1 && text[0] == (byte)'-')
        {
            exponent = -exponent;
        }

        return at > start ? at : 0;
    }
}
