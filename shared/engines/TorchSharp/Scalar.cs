using TorchSharp.Native;

namespace TorchSharp;

/// <summary>A number whose type is known at run time, as libtorch takes it. Disposing it does nothing: it holds no native memory.</summary>
public sealed class Scalar : IDisposable
{
    internal readonly Value Value;

    internal Scalar(Value value) => Value = value;

    /// <summary>Int64 for integers, Float64 for real numbers, Bool for truth values.</summary>
    public torch.ScalarType Type => Value.Kind switch
    {
        Kind.Int => torch.ScalarType.Int64,
        Kind.Double => torch.ScalarType.Float64,
        _ => torch.ScalarType.Bool,
    };

    public static implicit operator Scalar(byte value) => value.ToScalar();
    public static implicit operator Scalar(sbyte value) => value.ToScalar();
    public static implicit operator Scalar(short value) => value.ToScalar();
    public static implicit operator Scalar(int value) => value.ToScalar();
    public static implicit operator Scalar(long value) => value.ToScalar();
    public static implicit operator Scalar(Half value) => value.ToScalar();
    public static implicit operator Scalar(float value) => value.ToScalar();
    public static implicit operator Scalar(double value) => value.ToScalar();
    public static implicit operator Scalar(bool value) => value.ToScalar();

    public void Dispose()
    {
    }

    internal double AsDouble => Value.Kind == Kind.Double ? Value.Real : Value.Integer;

    internal long AsInteger => Value.Kind == Kind.Double ? (long)Value.Real : Value.Integer;
}

/// <summary>Conversions between numbers and <see cref="Scalar"/>.</summary>
public static class ScalarExtensionMethods
{
    public static Scalar ToScalar(this byte value) => Integer(value);
    public static Scalar ToScalar(this sbyte value) => Integer(value);
    public static Scalar ToScalar(this short value) => Integer(value);
    public static Scalar ToScalar(this int value) => Integer(value);
    public static Scalar ToScalar(this long value) => Integer(value);
    public static Scalar ToScalar(this Half value) => Real((double)value);
    public static Scalar ToScalar(this float value) => Real(value);
    public static Scalar ToScalar(this double value) => Real(value);
    public static Scalar ToScalar(this bool value) => new(new Value { Kind = Kind.Bool, Integer = value ? 1 : 0 });

    public static Half ToHalf(this Scalar value) => (Half)value.AsDouble;
    public static float ToSingle(this Scalar value) => (float)value.AsDouble;
    public static double ToDouble(this Scalar value) => value.AsDouble;
    public static sbyte ToSByte(this Scalar value) => (sbyte)value.AsInteger;
    public static byte ToByte(this Scalar value) => (byte)value.AsInteger;
    public static short ToInt16(this Scalar value) => (short)value.AsInteger;
    public static int ToInt32(this Scalar value) => (int)value.AsInteger;
    public static long ToInt64(this Scalar value) => value.AsInteger;
    public static bool ToBoolean(this Scalar value) => value.AsDouble != 0;

    private static Scalar Integer(long value) => new(new Value { Kind = Kind.Int, Integer = value });

    private static Scalar Real(double value) => new(new Value { Kind = Kind.Double, Real = value });
}
