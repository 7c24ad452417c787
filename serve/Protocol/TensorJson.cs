using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;
using Toolchain.Graphs;
using Toolchain.Serve.Http;

namespace Toolchain.Serve.Protocol;

/// <summary>
/// Tensors as JSON: numbers in row-major order, flat or in nested arrays. Nothing is lost on the way: floating-point numbers are read to the
/// nearest value and written with the digits that give the same value again, integers must fit exactly. JSON has no NaN and no infinities;
/// in both directions they are the strings <c>"NaN"</c>, <c>"Infinity"</c> and <c>"-Infinity"</c>.
/// </summary>
internal static class TensorJson
{
    /// <summary>Reads values.</summary>
    /// <param name="json">The array.</param>
    /// <param name="type">The element type.</param>
    /// <param name="values">Receives the bytes; there must be exactly so many values.</param>
    /// <param name="input">The tensor's name, for messages.</param>
    /// <exception cref="RequestException">It is not an array of such values (400).</exception>
    public static void Read(ReadOnlySpan<byte> json, ElementType type, Span<byte> values, string input)
    {
        switch (type)
        {
            case ElementType.Bool: Read<bool>(json, values, input); break;
            case ElementType.UInt8: Read<byte>(json, values, input); break;
            case ElementType.UInt16: Read<ushort>(json, values, input); break;
            case ElementType.UInt32: Read<uint>(json, values, input); break;
            case ElementType.UInt64: Read<ulong>(json, values, input); break;
            case ElementType.Int8: Read<sbyte>(json, values, input); break;
            case ElementType.Int16: Read<short>(json, values, input); break;
            case ElementType.Int32: Read<int>(json, values, input); break;
            case ElementType.Int64: Read<long>(json, values, input); break;
            case ElementType.Float32: Read<float>(json, values, input); break;
            case ElementType.Float64: Read<double>(json, values, input); break;
            default: throw RequestException.Bad($"Input '{input}' is {Datatypes.Name(type)}, which JSON cannot carry. Send it as binary data (parameter 'binary_data_size').");
        }
    }

    /// <summary>Writes values as a flat array.</summary>
    /// <exception cref="RequestException">JSON cannot carry the type (400).</exception>
    public static void Write(Utf8JsonWriter writer, ElementType type, ReadOnlySpan<byte> values, string output)
    {
        writer.WriteStartArray();
        switch (type)
        {
            case ElementType.Bool: foreach (var v in MemoryMarshal.Cast<byte, bool>(values)) { writer.WriteBooleanValue(v); } break;
            case ElementType.UInt8: foreach (var v in values) { writer.WriteNumberValue(v); } break;
            case ElementType.UInt16: foreach (var v in MemoryMarshal.Cast<byte, ushort>(values)) { writer.WriteNumberValue(v); } break;
            case ElementType.UInt32: foreach (var v in MemoryMarshal.Cast<byte, uint>(values)) { writer.WriteNumberValue(v); } break;
            case ElementType.UInt64: foreach (var v in MemoryMarshal.Cast<byte, ulong>(values)) { writer.WriteNumberValue(v); } break;
            case ElementType.Int8: foreach (var v in MemoryMarshal.Cast<byte, sbyte>(values)) { writer.WriteNumberValue(v); } break;
            case ElementType.Int16: foreach (var v in MemoryMarshal.Cast<byte, short>(values)) { writer.WriteNumberValue(v); } break;
            case ElementType.Int32: foreach (var v in MemoryMarshal.Cast<byte, int>(values)) { writer.WriteNumberValue(v); } break;
            case ElementType.Int64: foreach (var v in MemoryMarshal.Cast<byte, long>(values)) { writer.WriteNumberValue(v); } break;
            case ElementType.Float32: foreach (var v in MemoryMarshal.Cast<byte, float>(values)) { Write(writer, v); } break;
            case ElementType.Float64: foreach (var v in MemoryMarshal.Cast<byte, double>(values)) { Write(writer, v); } break;
            default: throw RequestException.Bad($"Output '{output}' is {Datatypes.Name(type)}, which JSON cannot carry. Ask for it as binary data (parameter 'binary_data').");
        }

        writer.WriteEndArray();
    }

    /// <summary>Writes one value.</summary>
    public static void Write(Utf8JsonWriter writer, float value)
    {
        if (float.IsFinite(value))
        {
            writer.WriteNumberValue(value);
        }
        else
        {
            writer.WriteStringValue(Word(value));
        }
    }

    private static void Write(Utf8JsonWriter writer, double value)
    {
        if (double.IsFinite(value))
        {
            writer.WriteNumberValue(value);
        }
        else
        {
            writer.WriteStringValue(Word(value));
        }
    }

    private static string Word(double value) => double.IsNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";

    private static void Read<T>(ReadOnlySpan<byte> json, Span<byte> bytes, string input) where T : unmanaged
    {
        var values = MemoryMarshal.Cast<byte, T>(bytes);
        var reader = new Utf8JsonReader(json);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw RequestException.Bad($"Unable to parse 'data' of input '{input}': expected an array.");
        }

        var nesting = new Nesting(input);
        var count = 0;
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartArray:
                    nesting.Open();
                    break;
                case JsonTokenType.EndArray:
                    nesting.Close();
                    break;
                default:
                    if (count == values.Length)
                    {
                        throw Mismatch(input, values.Length, "more");
                    }

                    nesting.Value();
                    values[count] = TryGet(ref reader, out T value) ? value : throw RequestException.Bad(
                        $"Unable to parse 'data' of input '{input}': element {count} is {Shown(ref reader)}, which is not a value of type {Datatypes.Name(ElementTypes.Of<T>())}.");
                    count++;
                    break;
            }
        }

        if (count < values.Length)
        {
            throw Mismatch(input, values.Length, count.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryGet<T>(ref Utf8JsonReader reader, out T value) where T : unmanaged
    {
        Unsafe.SkipInit(out value);
        if (typeof(T) == typeof(bool))
        {
            Unsafe.As<T, bool>(ref value) = reader.TokenType == JsonTokenType.True;
            return reader.TokenType is JsonTokenType.True or JsonTokenType.False;
        }

        if (reader.TokenType != JsonTokenType.Number)
        {
            return TryGetWord(ref reader, out value);
        }

        if (typeof(T) == typeof(float))
        {
            return reader.TryGetSingle(out Unsafe.As<T, float>(ref value)) && float.IsFinite(Unsafe.As<T, float>(ref value));
        }

        if (typeof(T) == typeof(double))
        {
            return reader.TryGetDouble(out Unsafe.As<T, double>(ref value)) && double.IsFinite(Unsafe.As<T, double>(ref value));
        }

        return default(T) switch
        {
            byte => reader.TryGetByte(out Unsafe.As<T, byte>(ref value)),
            ushort => reader.TryGetUInt16(out Unsafe.As<T, ushort>(ref value)),
            uint => reader.TryGetUInt32(out Unsafe.As<T, uint>(ref value)),
            ulong => reader.TryGetUInt64(out Unsafe.As<T, ulong>(ref value)),
            sbyte => reader.TryGetSByte(out Unsafe.As<T, sbyte>(ref value)),
            short => reader.TryGetInt16(out Unsafe.As<T, short>(ref value)),
            int => reader.TryGetInt32(out Unsafe.As<T, int>(ref value)),
            long => reader.TryGetInt64(out Unsafe.As<T, long>(ref value)),
            _ => throw new NotSupportedException($"No tensor of {typeof(T)} is read from JSON."),
        };
    }

    private static bool TryGetWord<T>(ref Utf8JsonReader reader, out T value) where T : unmanaged
    {
        Unsafe.SkipInit(out value);
        double? word = reader.TokenType != JsonTokenType.String ? null
            : reader.ValueTextEquals("NaN"u8) ? double.NaN
            : reader.ValueTextEquals("Infinity"u8) ? double.PositiveInfinity
            : reader.ValueTextEquals("-Infinity"u8) ? double.NegativeInfinity
            : null;
        switch (default(T))
        {
            case float when word is { } single:
                Unsafe.As<T, float>(ref value) = (float)single;
                return true;
            case double when word is { } number:
                Unsafe.As<T, double>(ref value) = number;
                return true;
            default:
                return false;
        }
    }

    private static string Shown(ref Utf8JsonReader reader) => reader.TokenType is JsonTokenType.StartObject ? "an object"
        : reader.ValueSpan.Length <= 40 ? $"'{System.Text.Encoding.UTF8.GetString(reader.ValueSpan)}'"
        : "a long text";

    private static RequestException Mismatch(string input, int expected, string found) =>
        RequestException.Bad($"Unable to parse 'data' of input '{input}': Shape does not match true shape of 'data' field: expected {expected} values, found {found}.");

    /// <summary>Checks that nested arrays are rectangular: values at one depth, and arrays of one depth equally long.</summary>
    private struct Nesting(string input)
    {
        private const int MaxDepth = 64;
        private Lengths _lengths;
        private Lengths _counts;
        private int _depth;
        private int _valueDepth = -1;

        public void Open()
        {
            _counts[_depth]++;
            _depth++;
            _counts[_depth] = 0;
        }

        public void Close()
        {
            if (_lengths[_depth] == 0)
            {
                _lengths[_depth] = _counts[_depth] + 1;
            }
            else if (_lengths[_depth] != _counts[_depth] + 1)
            {
                throw Ragged();
            }

            _depth--;
        }

        public void Value()
        {
            _counts[_depth]++;
            if (_valueDepth != _depth)
            {
                _valueDepth = _valueDepth < 0 ? _depth : throw Ragged();
            }
        }

        private readonly RequestException Ragged() => RequestException.Bad($"Unable to parse 'data' of input '{input}': its nested arrays differ in length or depth.");

        // One more than the length of the arrays at a depth, so that 0 means not known yet.
        [InlineArray(MaxDepth + 1)]
        private struct Lengths
        {
            private int _first;
        }
    }
}
