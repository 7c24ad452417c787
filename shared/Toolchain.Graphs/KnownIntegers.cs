namespace Toolchain.Graphs;

/// <summary>
/// What is known of a small tensor of whole numbers before anything runs: the shapes that a graph computes with. Each item is a number, a symbol
/// such as the batch <c>N</c>, or unknown. Truth values are 0 and 1; floats count as long as they are whole.
/// </summary>
/// <param name="Dimensions">The tensor's dimensions; empty for a scalar.</param>
/// <param name="Items">Its values, row-major.</param>
public sealed record KnownIntegers(EquatableArray<long> Dimensions, EquatableArray<Dimension> Items)
{
    /// <summary>Larger tensors are not followed: shapes are short.</summary>
    public const int Limit = 64;

    // Scales of a few axes are followed, weights are not.
    private const int FloatLimit = 8;

    /// <summary>Whether every item is a number.</summary>
    public bool IsKnown => Items.All(static i => i.IsKnown);

    /// <summary>The integers of a constant; null when there are too many, and for initial weights that nobody has asked for.</summary>
    public static KnownIntegers? Of(TensorData data) =>
        !data.IsMade || data.ElementCount > (data.Type.IsFloat() ? FloatLimit : Limit) ? null : data.Type switch
        {
            ElementType.Int64 => new(data.Dimensions, Convert(data.Values<long>(), static v => v)),
            ElementType.Int32 => new(data.Dimensions, Convert(data.Values<int>(), static v => v)),
            ElementType.Bool => new(data.Dimensions, Convert(data.Values<bool>(), static v => v ? 1 : 0)),
            ElementType.Float32 => new(data.Dimensions, Convert(data.Values<float>(), static v => Whole(v))),
            ElementType.Float64 => new(data.Dimensions, Convert(data.Values<double>(), Whole)),
            _ => null,
        };

    /// <summary>A tensor made value by value.</summary>
    /// <param name="dimensions">Its dimensions, of at most <see cref="Limit"/> values.</param>
    /// <param name="item">The value at an index.</param>
    public static KnownIntegers Make(EquatableArray<long> dimensions, Func<long[], Dimension> item)
    {
        var items = new Dimension[dimensions.Aggregate(1L, static (product, d) => product * d)];
        var index = new long[dimensions.Count];
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = item(index);
            for (var axis = index.Length - 1; axis >= 0 && ++index[axis] == dimensions[axis]; axis--)
            {
                index[axis] = 0;
            }
        }

        return new(dimensions, EquatableArray.Create<Dimension>(items));
    }

    /// <summary>The value at an index of a tensor that this one is broadcast to, with numpy's rules; for its own index, the value there.</summary>
    public Dimension At(params ReadOnlySpan<long> index)
    {
        var offset = 0L;
        for (var axis = 0; axis < Dimensions.Count; axis++)
        {
            var size = Dimensions[axis];
            offset = (offset * size) + (size == 1 ? 0 : index[index.Length - Dimensions.Count + axis]);
        }

        return Items[(int)offset];
    }

    /// <summary>Each pair of values of two tensors that are broadcast together; null when nothing is known of one of them.</summary>
    internal static KnownIntegers? Combine(NodeContext node, EquatableArray<long> dimensions, Func<Dimension, Dimension, Dimension> combine) =>
        node.Integers(0) is { } left && node.Integers(1) is { } right ? Make(dimensions, index => combine(left.At(index), right.At(index))) : null;

    /// <summary>The sum; a symbol stays itself when 0 is added.</summary>
    internal static Dimension Sum(Dimension a, Dimension b) =>
        IsNumber(a, 0) ? b : IsNumber(b, 0) ? a : a.IsKnown && b.IsKnown ? Checked((Int128)a.Value + b.Value) : Dimension.Unknown;

    /// <summary>The difference; a symbol stays itself less 0, and is 0 less itself.</summary>
    internal static Dimension Difference(Dimension a, Dimension b) =>
        IsNumber(b, 0) ? a
        : a.Symbol is not null && a == b ? 0
        : a.IsKnown && b.IsKnown ? Checked((Int128)a.Value - b.Value) : Dimension.Unknown;

    /// <summary>The product; a symbol stays itself times 1.</summary>
    internal static Dimension Product(Dimension a, Dimension b) =>
        IsNumber(a, 1) ? b : IsNumber(b, 1) ? a : a.IsKnown && b.IsKnown ? Checked((Int128)a.Value * b.Value) : Dimension.Unknown;

    /// <summary>The quotient, for integers rounded towards zero; a symbol stays itself over 1.</summary>
    internal static Dimension Quotient(Dimension a, Dimension b, bool rounded) =>
        IsNumber(b, 1) ? a
        : a.IsKnown && b.IsKnown && b.Value != 0 && (rounded || a.Value % b.Value == 0) ? Checked((Int128)a.Value / b.Value) : Dimension.Unknown;

    private static bool IsNumber(Dimension dimension, long number) => dimension.IsKnown && dimension.Value == number;

    private static Dimension Checked(Int128 value) => value >= long.MinValue && value <= long.MaxValue ? (long)value : Dimension.Unknown;

    // Beyond 2^53 not every whole number is a double, and none of them is a size.
    private static Dimension Whole(double value) => Math.Abs(value) < 1L << 53 && Math.Floor(value).Equals(value) ? (long)value : Dimension.Unknown;

    private static EquatableArray<Dimension> Convert<T>(ReadOnlySpan<T> values, Func<T, Dimension> item)
    {
        var items = new Dimension[values.Length];
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = item(values[i]);
        }

        return EquatableArray.Create<Dimension>(items);
    }
}
