using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Toolchain.Graphs;
using Toolchain.Serve.Http;
using Toolchain.Serve.Protocol;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests.HardCases.Fuzzing;

/// <summary>Numbers in JSON against the framework's own parser, bit by bit.</summary>
public sealed class NumberFuzzTests
{
    private const int Numbers = 64;

    private static readonly int Tries = Rounds.Of("FUZZ_ROUNDS", 2000);

    [Fact]
    public void Single_precision_is_read_to_the_nearest_value() => Check(ElementType.Float32, static text => float.Parse(text, CultureInfo.InvariantCulture), static value => float.IsFinite(value));

    [Fact]
    public void Double_precision_is_read_to_the_nearest_value() => Check(ElementType.Float64, static text => double.Parse(text, CultureInfo.InvariantCulture), static value => double.IsFinite(value));

    [Theory]
    [InlineData(ElementType.Int64)]
    [InlineData(ElementType.UInt64)]
    [InlineData(ElementType.Int32)]
    [InlineData(ElementType.UInt8)]
    [InlineData(ElementType.Int8)]
    public void Whole_numbers_are_exact_or_refused(ElementType type)
    {
        var value = new byte[8];
        for (var round = 0; round < Tries; round++)
        {
            var random = new SeededRandom(3, round);
            var text = Whole(ref random);
            var (number, size) = (Int128.Parse(text, CultureInfo.InvariantCulture), 8 * type.Size());
            var isSigned = type is ElementType.Int64 or ElementType.Int32 or ElementType.Int8;
            var (least, most) = isSigned ? (-(Int128.One << (size - 1)), (Int128.One << (size - 1)) - 1) : (Int128.Zero, (Int128.One << size) - 1);
            value.AsSpan().Clear();
            var was = Read($"[{text}]", type, value.AsSpan(0, type.Size()));

            Assert.True(was == (number >= least && number <= most), $"{text} as {type}");
            if (was)
            {
                var bits = BitConverter.ToUInt64(value);
                Assert.Equal(number, isSigned ? (Int128)((long)(bits << (64 - size)) >> (64 - size)) : bits);
            }
        }
    }

    private static void Check<T>(ElementType type, Func<string, T> parse, Func<T, bool> isFinite) where T : unmanaged, IFormattable
    {
        var values = new T[Numbers];
        for (var round = 0; round < Tries; round++)
        {
            var random = new SeededRandom(1, round);
            var texts = new List<string>();
            while (texts.Count < Numbers)
            {
                var text = Text(ref random);
                if (isFinite(parse(text)))
                {
                    texts.Add(text);
                }
                else
                {
                    Assert.False(Read($"[{text}]", type, MemoryMarshal.AsBytes(values.AsSpan(0, 1))), text);
                }
            }

            Assert.True(Read($"[{string.Join(',', texts)}]", type, MemoryMarshal.AsBytes(values.AsSpan())));
            for (var i = 0; i < Numbers; i++)
            {
                Assert.True(MemoryMarshal.AsBytes(values.AsSpan(i, 1)).SequenceEqual(MemoryMarshal.AsBytes<T>([parse(texts[i])])), $"{texts[i]} became {values[i].ToString("R", CultureInfo.InvariantCulture)}");
            }
        }
    }

    private static bool Read(string json, ElementType type, Span<byte> values)
    {
        try
        {
            TensorJson.Read(Encoding.ASCII.GetBytes(json), type, values, "input");
            return true;
        }
        catch (RequestException)
        {
            return false;
        }
    }

    private static string Text(ref SeededRandom random)
    {
        switch (random.Below(6))
        {
            case 0:
                return Finite(BitConverter.UInt32BitsToSingle((uint)random.NextBits())).ToString("R", CultureInfo.InvariantCulture);
            case 1:
                return Finite(BitConverter.UInt64BitsToDouble(random.NextBits())).ToString("R", CultureInfo.InvariantCulture);
            case 2:
                // Exactly between two neighbours of single precision, and a hair beside.
                var single = BitConverter.UInt32BitsToSingle((uint)(0x3000_0000 + random.Below(0x2000_0000)));
                var middle = ((double)single + MathF.BitIncrement(single)) / 2;
                return middle.ToString("F70", CultureInfo.InvariantCulture) + (random.Coin() ? "" : "1");
            case 3:
                return Whole(ref random);
            case 4:
                return $"{Whole(ref random)}.{Digits(1 + random.Below(30), ref random)}";
            default:
                return $"{Whole(ref random)}.{Digits(1 + random.Below(12), ref random)}{(random.Coin() ? "e" : "E")}{(random.Below(3) switch { 0 => "", 1 => "+", _ => "-" })}{Digits(1 + random.Below(3), ref random)}";
        }
    }

    private static string Whole(ref SeededRandom random)
    {
        var digits = Digits(1 + random.Below(22), ref random).TrimStart('0');
        return (random.Coin() ? "-" : "") + (digits.Length == 0 ? "0" : digits);
    }

    private static string Digits(int count, ref SeededRandom random)
    {
        var digits = new char[count];
        foreach (ref var digit in digits.AsSpan())
        {
            digit = (char)('0' + random.Below(10));
        }

        return new(digits);
    }

    private static float Finite(float value) => float.IsFinite(value) ? value : 0.1f;

    private static double Finite(double value) => double.IsFinite(value) ? value : 0.1;
}
