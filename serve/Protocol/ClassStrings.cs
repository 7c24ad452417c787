using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using Toolchain.Graphs;
using Toolchain.Runtime;
using Toolchain.Serve.Http;

namespace Toolchain.Serve.Protocol;

/// <summary>
/// The likeliest classes of rows as Triton's classification extension gives them: <c>BYTES [rows, classes]</c>, each
/// <c>value:index</c> or <c>value:index:label</c>, largest value first, floating-point values with six decimals.
/// </summary>
internal static class ClassStrings
{
    /// <summary>The classes of one row that a request for <paramref name="wanted"/> of them gets.</summary>
    public static int Count(RowTensor tensor, int wanted) => (int)Math.Min(wanted, tensor.Elements);

    /// <summary>Looks whether an output has classes to choose from.</summary>
    /// <exception cref="RequestException">It has none (400).</exception>
    public static void Check(RowTensor tensor)
    {
        if (tensor.Type is ElementType.Bool or ElementType.BFloat16 or ElementType.Text)
        {
            throw RequestException.Bad($"Output '{tensor.Name}' is {Datatypes.Name(tensor.Type)}, of which there are no likeliest classes. Ask for it without 'classification'.");
        }

        if (tensor.Elements is < 1 or > RequestParameters.MaxClasses)
        {
            throw RequestException.Bad($"Output '{tensor.Name}' has {tensor.Elements} values a row; classes are chosen from 1 to {RequestParameters.MaxClasses}. Ask for it without 'classification'.");
        }
    }

    /// <summary>The elements as the protocol sends <c>BYTES</c>: each behind its length (uint32, little-endian).</summary>
    /// <param name="tensor">The output; one that passed <see cref="Check"/>.</param>
    /// <param name="values">Its rows.</param>
    /// <param name="wanted">Classes of each row.</param>
    /// <param name="labels">The classes' names; none when they are not as many as the classes.</param>
    public static byte[] Encode(RowTensor tensor, ReadOnlySpan<byte> values, int wanted, IReadOnlyList<string> labels)
    {
        var names = labels.Count == tensor.Elements ? labels : [];
        return tensor.Type switch
        {
            ElementType.Float32 => Encode<float>(values, tensor, wanted, names),
            ElementType.Float64 => Encode<double>(values, tensor, wanted, names),
            ElementType.Float16 => Encode<Half>(values, tensor, wanted, names),
            ElementType.UInt8 => Encode<byte>(values, tensor, wanted, names),
            ElementType.UInt16 => Encode<ushort>(values, tensor, wanted, names),
            ElementType.UInt32 => Encode<uint>(values, tensor, wanted, names),
            ElementType.UInt64 => Encode<ulong>(values, tensor, wanted, names),
            ElementType.Int8 => Encode<sbyte>(values, tensor, wanted, names),
            ElementType.Int16 => Encode<short>(values, tensor, wanted, names),
            ElementType.Int32 => Encode<int>(values, tensor, wanted, names),
            ElementType.Int64 => Encode<long>(values, tensor, wanted, names),
            _ => throw new ArgumentOutOfRangeException(nameof(tensor), tensor.Type, "No type to choose classes from."),
        };
    }

    /// <summary>Goes through encoded elements.</summary>
    /// <param name="encoded">What is left of them; the first is taken off.</param>
    /// <param name="element">Receives its text, UTF-8.</param>
    /// <returns>False at the end.</returns>
    public static bool TryTake(ref ReadOnlySpan<byte> encoded, out ReadOnlySpan<byte> element)
    {
        if (encoded.IsEmpty)
        {
            element = default;
            return false;
        }

        element = encoded.Slice(sizeof(uint), BinaryPrimitives.ReadInt32LittleEndian(encoded));
        encoded = encoded[(sizeof(uint) + element.Length)..];
        return true;
    }

    private static byte[] Encode<T>(ReadOnlySpan<byte> bytes, RowTensor tensor, int wanted, IReadOnlyList<string> labels) where T : unmanaged, INumber<T>
    {
        var values = MemoryMarshal.Cast<byte, T>(bytes);
        var classes = (int)tensor.Elements;
        var best = new int[Count(tensor, wanted)];
        var encoded = new ArrayBufferWriter<byte>();
        for (var first = 0; first < values.Length; first += classes)
        {
            var row = values.Slice(first, classes);
            Ranking.Largest(row, best);
            foreach (var index in best)
            {
                Write(encoded, $"{Text(row[index])}:{index.ToString(CultureInfo.InvariantCulture)}{(labels.Count > 0 ? ":" + labels[index] : "")}");
            }
        }

        return encoded.WrittenSpan.ToArray();
    }

    // As C's printf writes them with %f and %d.
    private static string Text<T>(T value) where T : INumber<T> => T.IsNaN(value) ? "nan"
        : T.IsInfinity(value) ? (T.IsPositive(value) ? "inf" : "-inf")
        : value.ToString(value is float or double or Half ? "F6" : "D", CultureInfo.InvariantCulture);

    private static void Write(ArrayBufferWriter<byte> encoded, string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        var element = encoded.GetSpan(sizeof(uint) + length);
        BinaryPrimitives.WriteInt32LittleEndian(element, length);
        Encoding.UTF8.GetBytes(text, element[sizeof(uint)..]);
        encoded.Advance(sizeof(uint) + length);
    }
}
