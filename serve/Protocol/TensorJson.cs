using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using Toolchain.Graphs;
using Toolchain.Serve.Http;

namespace Toolchain.Serve.Protocol;

/// <summary>
/// Tensors as JSON: numbers in row-major order, flat or in nested arrays. Nothing is lost on the way: floating-point numbers are read to the
/// nearest value and written with the digits that give the same value again, integers must fit exactly. JSON has no NaN and no infinities:
/// they are written as the strings <c>"NaN"</c>, <c>"Infinity"</c> and <c>"-Infinity"</c>, and read as these or bare, as Triton's clients write them.
/// </summary>
internal static class TensorJson
{
    private static readonly SearchValues<byte> Structure = SearchValues.Create("[]\""u8);

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

    /// <summary>The bytes of an array, from its first bracket to the one that closes it; only brackets and strings are looked at.</summary>
    /// <returns>−1 when it does not end.</returns>
    public static int ArrayLength(ReadOnlySpan<byte> json)
    {
        var (at, depth) = (0, 0);
        while (json[at..].IndexOfAny(Structure) is var next and >= 0)
        {
            at += next + 1;
            switch (json[at - 1])
            {
                case (byte)'[':
                    depth++;
                    break;
                case (byte)']' when --depth == 0:
                    return at;
                case (byte)']':
                    break;
                default:
                    if (StringLength(json[at..]) is var length and >= 0)
                    {
                        at += length;
                        break;
                    }

                    return -1;
            }
        }

        return -1;
    }

    /// <summary>The bytes of white space that the text begins with (RFC 8259, section 2).</summary>
    public static int BlankAt(ReadOnlySpan<byte> json) => json.IndexOfAnyExcept(" \t\r\n"u8) is var length and >= 0 ? length : json.Length;

    /// <summary>The bytes of a string after its first quotation mark, the last one included; −1 when it does not end.</summary>
    internal static int StringLength(ReadOnlySpan<byte> json)
    {
        var at = 0;
        while (json[at..].IndexOfAny((byte)'"', (byte)'\\') is var next and >= 0)
        {
            at += next + 1;
            if (json[at - 1] == (byte)'"')
            {
                return at;
            }

            if (at++ == json.Length)
            {
                return -1;
            }
        }

        return -1;
    }

    private static void Read<T>(ReadOnlySpan<byte> json, Span<byte> values, string input) where T : unmanaged => new TensorJsonReader(json, input).Read(MemoryMarshal.Cast<byte, T>(values));

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
}
