using System.Runtime.InteropServices;

namespace TorchSharp.Native;

/// <summary>The kinds of values that cross the native door, in the order of the C++ enumeration.</summary>
internal enum Kind
{
    None, Tensor, Int, Double, Bool, IntList, DoubleList, TensorList, String, Device, Generator, OptionalTensorList, Default,
}

/// <summary>One operator argument or result as the native side sees it: a kind, a list length, eight bytes of payload.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct Value
{
    [FieldOffset(0)] internal Kind Kind;
    [FieldOffset(4)] internal int Length;
    [FieldOffset(8)] internal long Integer;
    [FieldOffset(8)] internal double Real;
    [FieldOffset(8)] internal nint Pointer;
}

/// <summary>
/// An operator argument on its way to the native side. It references the managed object behind it, so that
/// neither a tensor nor a list can be collected while the operator runs.
/// </summary>
internal readonly struct Argument
{
    internal readonly Value Value;
    internal readonly object? Owner;

    private Argument(Value value, object? owner = null)
    {
        Value = value;
        Owner = owner;
    }

    /// <summary>The operator's own default for this position.</summary>
    internal static Argument Default => new(new Value { Kind = Kind.Default });

    internal static Argument None => default;

    public static implicit operator Argument(torch.Tensor? tensor) =>
        tensor is null ? default : new(new Value { Kind = Kind.Tensor, Pointer = tensor.Handle }, tensor);

    public static implicit operator Argument(long value) => new(new Value { Kind = Kind.Int, Integer = value });

    public static implicit operator Argument(long? value) => value is { } number ? number : default(Argument);

    public static implicit operator Argument(double value) => new(new Value { Kind = Kind.Double, Real = value });

    public static implicit operator Argument(double? value) => value is { } number ? number : default(Argument);

    public static implicit operator Argument(bool value) => new(new Value { Kind = Kind.Bool, Integer = value ? 1 : 0 });

    public static implicit operator Argument(bool? value) => value is { } flag ? flag : default(Argument);

    public static implicit operator Argument(torch.ScalarType type) => (long)type;

    public static implicit operator Argument(torch.ScalarType? type) => type is { } known ? known : default(Argument);

    public static implicit operator Argument(Scalar? scalar) => scalar is null ? default : new(scalar.Value);

    public static implicit operator Argument(torch.Device? device) =>
        device is null ? default : new(new Value { Kind = Kind.Device, Integer = device.Packed });

    public static implicit operator Argument(torch.Generator? generator) =>
        generator is null ? default : new(new Value { Kind = Kind.Generator, Pointer = generator.Handle }, generator);

    public static implicit operator Argument(long[]? list) =>
        list is null ? default : new(new Value { Kind = Kind.IntList, Length = list.Length }, list);

    public static implicit operator Argument(double[]? list) =>
        list is null ? default : new(new Value { Kind = Kind.DoubleList, Length = list.Length }, list);

    public static implicit operator Argument(string? text)
    {
        if (text is null)
            return default;
        var bytes = System.Text.Encoding.UTF8.GetBytes(text);
        return new(new Value { Kind = Kind.String, Length = bytes.Length }, bytes);
    }

    public static implicit operator Argument(torch.Tensor[] list) =>
        new(new Value { Kind = Kind.TensorList, Length = list.Length }, list);

    /// <summary>A list in which missing tensors are allowed, as in indexing.</summary>
    internal static Argument Optional(torch.Tensor?[] list) =>
        new(new Value { Kind = Kind.OptionalTensorList, Length = list.Length }, list);

    /// <summary>A list of integers that the caller keeps in place until the operator returns.</summary>
    internal static unsafe Argument Fixed(long* list, int length) =>
        new(new Value { Kind = Kind.IntList, Length = length, Pointer = (nint)list });

    /// <summary>The bytes that the list needs in memory that does not move, 0 when it needs none.</summary>
    internal int ListBytes => Owner switch
    {
        byte[] text => (text.Length + 7) & ~7,
        System.Array list => 8 * list.Length,
        _ => 0,
    };

    /// <summary>Copies the list to <paramref name="memory"/> and gives the value that points there.</summary>
    internal unsafe Value CopiedTo(byte* memory)
    {
        switch (Owner)
        {
            case long[] list:
                list.CopyTo(new Span<long>(memory, list.Length));
                break;
            case double[] list:
                list.CopyTo(new Span<double>(memory, list.Length));
                break;
            case byte[] list:
                list.CopyTo(new Span<byte>(memory, list.Length));
                break;
            case torch.Tensor?[] list:
                for (var i = 0; i < list.Length; i++)
                    ((nint*)memory)[i] = list[i]?.Handle ?? 0;
                break;
        }
        return Value with { Pointer = (nint)memory };
    }
}
