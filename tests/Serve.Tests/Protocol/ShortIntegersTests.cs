using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Toolchain.Graphs;
using Toolchain.Serve.Http;
using Toolchain.Serve.Protocol;

namespace Toolchain.Serve.Tests.Protocol;

/// <summary>Long arrays of short numbers, which are read many at once: exactly as each of them is read alone.</summary>
public sealed class ShortIntegersTests
{
    // Arrays shorter than that are read one by one.
    private const int Around = 40;

    [Theory]
    [InlineData(",")]
    [InlineData(", ")]
    [InlineData(" ,  ")]
    [InlineData(",\n")]
    public void Every_number_of_up_to_five_digits_is_read(string separator)
    {
        var numbers = Enumerable.Range(0, 12_000).ToArray();
        var json = Bytes($"[{string.Join(separator, numbers)}]");

        Assert.Equal(numbers, Read<int>(json, ElementType.Int32, numbers.Length));
        Assert.Equal(numbers, Read<ushort>(json, ElementType.UInt16, numbers.Length).Select(static v => (int)v));
        Assert.Equal(numbers, Read<ulong>(json, ElementType.UInt64, numbers.Length).Select(static v => (int)v));
        Assert.Equal(numbers, Read<float>(json, ElementType.Float32, numbers.Length).Select(static v => (int)v));
        Assert.Equal(numbers, Read<double>(json, ElementType.Float64, numbers.Length).Select(static v => (int)v));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(28)]
    [InlineData(392)]
    public void Rows_of_pixels_are_read(int columns)
    {
        var random = new SeededRandom(5);
        var pixels = Enumerable.Range(0, 784).Select(_ => (byte)random.Below(256)).ToArray();
        var json = Bytes($"[{string.Join(',', pixels.Chunk(columns).Select(static row => $"[{string.Join(',', row)}]"))}]");

        Assert.Equal(pixels, Read<byte>(json, ElementType.UInt8, pixels.Length));
        Assert.Contains("expected 783 values, found more", Refusal(json, ElementType.UInt8, pixels.Length - 1), StringComparison.Ordinal);
        Assert.Contains("expected 785 values, found 784", Refusal(json, ElementType.UInt8, pixels.Length + 1), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[[{0}],[{0},1]]", 161)]
    [InlineData("[{0},[{0}]]", 160)]
    [InlineData("[[{0}],{0}]", 160)]
    public void Arrays_of_different_lengths_and_depths_are_refused(string form, int count)
    {
        var row = string.Join(',', Enumerable.Repeat(7, 80));
        Assert.Contains("differ in length or depth", Refusal(Bytes(string.Format(CultureInfo.InvariantCulture, form, row)), ElementType.UInt8, count), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ElementType.UInt8)]
    [InlineData(ElementType.Int8)]
    [InlineData(ElementType.Int16)]
    [InlineData(ElementType.Int64)]
    [InlineData(ElementType.Float32)]
    public void One_text_among_others_is_read_or_refused_as_it_is_alone(ElementType type)
    {
        var (read, refused) = (0, 0);
        foreach (var text in Texts())
        {
            var alone = TryRead([(byte)'[', .. text, (byte)']'], type, 1);
            byte[] before = Bytes(string.Concat(Enumerable.Repeat("1,", Around))), after = Bytes(string.Concat(Enumerable.Repeat(",1", Around)));
            var among = TryRead([(byte)'[', .. before, .. text, .. after, (byte)']'], type, (2 * Around) + 1);

            Assert.True(alone is null == among is null, $"'{Encoding.Latin1.GetString(text)}' as {type}");
            _ = alone is null ? refused++ : read++;
            if (alone is not null)
            {
                Assert.Equal(alone, among.AsSpan(Around * type.Size(), type.Size()).ToArray());
            }
        }

        Assert.True(read > 50 && refused > 1000, $"{read} read, {refused} refused");
    }

    // Each byte there is, at each place of a short number; and what comes close to one.
    private static IEnumerable<byte[]> Texts()
    {
        foreach (var number in (string[])["7", "42", "173", "1024", "65535"])
        {
            for (var place = 0; place < number.Length; place++)
            {
                for (var other = 0; other <= byte.MaxValue; other++)
                {
                    var text = Bytes(number);
                    text[place] = (byte)other;
                    yield return text;
                }
            }
        }

        foreach (var text in (string[])["", " ", "  5", " 5", "5 ", "\t5", "00", "01", "0000", "0", "127", "128", "255", "256", "9999", "10000", "-1", "-0", "+1", "1.5", "1e2", "true", "null", "NaN", "\"1\"", "0x1", "١"])
        {
            yield return Bytes(text);
        }
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static T[] Read<T>(byte[] json, ElementType type, int count) where T : unmanaged
    {
        var values = new T[count];
        TensorJson.Read(json, type, MemoryMarshal.AsBytes(values.AsSpan()), "x");
        return values;
    }

    private static byte[]? TryRead(byte[] json, ElementType type, int count)
    {
        var values = new byte[count * type.Size()];
        try
        {
            TensorJson.Read(json, type, values, "x");
            return values;
        }
        catch (RequestException)
        {
            return null;
        }
    }

    private static string Refusal(byte[] json, ElementType type, int count) => Assert.Throws<RequestException>(() => TensorJson.Read(json, type, new byte[count * type.Size()], "x")).Message;
}
