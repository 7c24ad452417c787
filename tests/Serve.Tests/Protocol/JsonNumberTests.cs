using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Toolchain.Graphs;
using Toolchain.Serve.Http;
using Toolchain.Serve.Protocol;

namespace Toolchain.Serve.Tests.Protocol;

/// <summary>Numbers of JSON tensors, against the framework's parser.</summary>
public sealed class JsonNumberTests
{
    [Fact]
    public void Every_way_of_writing_a_number_gives_the_nearest_value()
    {
        var random = new SeededRandom(11);
        for (var i = 0; i < 20_000; i++)
        {
            var text = Text(random, i);
            Assert.Equal(BitConverter.DoubleToInt64Bits(double.Parse(text, CultureInfo.InvariantCulture)), BitConverter.DoubleToInt64Bits(Read<double>(text, ElementType.Float64)));
            if (float.IsFinite(float.Parse(text, CultureInfo.InvariantCulture)))
            {
                Assert.Equal(BitConverter.SingleToInt32Bits(float.Parse(text, CultureInfo.InvariantCulture)), BitConverter.SingleToInt32Bits(Read<float>(text, ElementType.Float32)));
            }
        }
    }

    /// <summary>Numbers that lie between two float32 as exactly as can be written, and a little beside: rounding to float64 first would lose what decides.</summary>
    [Theory]
    [InlineData("16777217")]
    [InlineData("16777217.0000000001")]
    [InlineData("16777216.9999999999")]
    [InlineData("1.00000005960464477539062")]
    [InlineData("1.00000005960464477539063")]
    [InlineData("1.000000059604644775390625")]
    [InlineData("0.50000002980232239")]
    [InlineData("8388608.5")]
    [InlineData("111247092.0000000000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("8388609.5")]
    [InlineData("1.1754943508222875e-38")]
    [InlineData("1e-45")]
    [InlineData("7.006492321624085e-46")]
    [InlineData("3.4028235677973366e38")]
    [InlineData("-0")]
    [InlineData("0e99999999999")]
    public void Numbers_between_two_floats_are_rounded_once(string text) =>
        Assert.Equal(BitConverter.SingleToInt32Bits(float.Parse(text, CultureInfo.InvariantCulture)), BitConverter.SingleToInt32Bits(Read<float>(text, ElementType.Float32)));

    [Theory]
    [InlineData(ElementType.UInt8, "256")]
    [InlineData(ElementType.UInt8, "-1")]
    [InlineData(ElementType.UInt8, "1.0")]
    [InlineData(ElementType.UInt8, "1e1")]
    [InlineData(ElementType.Int8, "-129")]
    [InlineData(ElementType.UInt16, "65536")]
    [InlineData(ElementType.Int16, "32768")]
    [InlineData(ElementType.UInt32, "4294967296")]
    [InlineData(ElementType.Int32, "-2147483649")]
    [InlineData(ElementType.Int64, "9223372036854775808")]
    [InlineData(ElementType.Int64, "99999999999999999999999999")]
    [InlineData(ElementType.UInt64, "18446744073709551616")]
    [InlineData(ElementType.UInt64, "-1")]
    [InlineData(ElementType.Float32, "1e39")]
    [InlineData(ElementType.Float64, "1e309")]
    [InlineData(ElementType.Float64, "1e99999999999")]
    [InlineData(ElementType.Bool, "1")]
    [InlineData(ElementType.Int32, "NaN")]
    [InlineData(ElementType.Bool, "truer")]
    [InlineData(ElementType.Float32, "Infinit")]
    [InlineData(ElementType.Float32, "\"1\"")]
    public void What_does_not_fit_its_type_is_refused_and_shown(ElementType type, string text)
    {
        var refusal = Assert.Throws<RequestException>(() => TensorJson.Read(Encoding.UTF8.GetBytes($"[{text}]"), type, new byte[type.Size()], "x"));

        Assert.Contains($"element 0 is '{text.Trim('"')}', which is not a value of type {Datatypes.Name(type)}", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[1,2,3,4]")]
    [InlineData(" [ 1 , 2 ,\r\n\t3, 4 ] ")]
    [InlineData("[[1,2],[3,4]]")]
    [InlineData("[[[1],[2]],[[3],[4]]]")]
    [InlineData("[[1,2,3,4]]")]
    public void White_space_and_nesting_change_nothing(string json)
    {
        var values = new int[4];
        TensorJson.Read(Encoding.UTF8.GetBytes(json.TrimStart()), ElementType.Int32, MemoryMarshal.AsBytes(values.AsSpan()), "x");
        Assert.Equal([1, 2, 3, 4], values);
    }

    [Theory]
    [InlineData("[1]]")]
    [InlineData("[1] 2")]
    [InlineData("[1],")]
    public void What_follows_the_last_bracket_is_refused(string json) =>
        Assert.Contains("after its last bracket", Assert.Throws<RequestException>(() => TensorJson.Read(Encoding.UTF8.GetBytes(json), ElementType.UInt8, new byte[1], "x")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("[1,\"]\",[2]] rest", 11)]
    [InlineData("[\"\\\"]\"]x", 7)]
    [InlineData("[[[]]", -1)]
    [InlineData("[\"]", -1)]
    [InlineData("[\"\\", -1)]
    [InlineData("[]", 2)]
    public void The_end_of_an_array_is_found_beyond_strings_and_arrays_in_it(string json, int length) => Assert.Equal(length, TensorJson.ArrayLength(Encoding.UTF8.GetBytes(json)));

    private static T Read<T>(string text, ElementType type) where T : unmanaged
    {
        var value = new T[1];
        TensorJson.Read(Encoding.UTF8.GetBytes($"[{text}]"), type, MemoryMarshal.AsBytes(value.AsSpan()), "x");
        return value[0];
    }

    private static string Text(SeededRandom random, int kind)
    {
        var digits = string.Concat(Enumerable.Range(0, 1 + (int)random.Below(22)).Select(_ => (char)('0' + (int)random.Below(10)))).TrimStart('0');
        var whole = digits.Length > 0 ? digits : "0";
        var sign = kind % 3 == 0 ? "-" : "";
        return (kind % 4) switch
        {
            0 => sign + whole,
            1 => $"{sign}{whole[..1]}.{whole}",
            2 => $"{sign}{whole}e{(int)random.Below(60) - 45}",
            _ => $"{sign}0.{digits}1E+{(int)random.Below(12)}",
        };
    }
}
