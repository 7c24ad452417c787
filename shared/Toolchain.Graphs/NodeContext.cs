namespace Toolchain.Graphs;

/// <summary>A node with what is known of its inputs: what an operator's inference and cost look at.</summary>
/// <param name="Node">The node.</param>
/// <param name="Types">One per input; null where the input is left out.</param>
/// <param name="ConstantValue">The value that a named input always has, or null.</param>
/// <param name="IntegerValue">What is known of the integers of a named input that is computed, or null.</param>
public sealed record NodeContext(
    Node Node, IReadOnlyList<TensorType?> Types, Func<string, TensorData?> ConstantValue, Func<string, KnownIntegers?>? IntegerValue = null)
{
    /// <summary>The number of inputs given; those left out at the end do not count.</summary>
    public int Count => Types.Count;

    /// <summary>Whether input <paramref name="index"/> is given.</summary>
    public bool Has(int index) => index < Types.Count && Types[index] is not null;

    /// <summary>The type of a required input.</summary>
    public TensorType Input(int index) => Has(index)
        ? Types[index]!
        : throw Fail($"input {index} is missing ({Types.Count} given)");

    /// <summary>The shape of a required input, or null when it is unknown.</summary>
    public Shape? Shape(int index) => Input(index).Shape;

    /// <summary>The shape of a required input of the given rank, or null when it is unknown.</summary>
    public Shape? Shape(int index, int rank, string layout)
    {
        var shape = Shape(index);
        return shape is null || shape.Rank == rank ? shape : throw Fail($"input {index} must have rank {rank} ({layout}), found {shape}");
    }

    /// <summary>The constant value of an optional input; null when it is left out.</summary>
    /// <exception cref="ToolchainException">The input is computed at run time.</exception>
    public TensorData? Constant(int index, string meaning) => !Has(index)
        ? null
        : ConstantValue(Node.Inputs[index]) ?? throw Fail($"input {index} ({meaning}) must be a constant, found the computed value '{Node.Inputs[index]}'");

    /// <summary>The one value of an optional constant input; null when it is left out.</summary>
    /// <exception cref="ToolchainException">The input is computed at run time, of another type, or has more or fewer values.</exception>
    public T? Scalar<T>(int index, string meaning) where T : unmanaged => Constant(index, meaning) switch
    {
        null => null,
        { ElementCount: 1 } one => one.Values<T>()[0],
        var other => throw Fail($"input {index} ({meaning}) must have one value, found {other}"),
    };

    /// <summary>The one number of an optional constant input of any number type; null when it is left out.</summary>
    /// <exception cref="ToolchainException">The input is computed at run time, is no number, or has more or fewer values.</exception>
    public double? Number(int index, string meaning) => Constant(index, meaning) switch
    {
        null => null,
        { ElementCount: 1 } one => one.Number() ?? throw Fail($"input {index} ({meaning}) must be a number, found {one}"),
        var other => throw Fail($"input {index} ({meaning}) must have one value, found {other}"),
    };

    /// <summary>The int64 list of an optional input that is a constant, or follows from shapes; null when it is left out.</summary>
    /// <exception cref="ToolchainException">The input is computed at run time, or not int64.</exception>
    public EquatableArray<long>? Longs(int index, string meaning) =>
        Has(index) && ConstantValue(Node.Inputs[index]) is null && Integers(index) is { IsKnown: true } known ? known.Items.Select(static i => i.Value).ToEquatableArray()
        : Constant(index, meaning) is { } data ? EquatableArray.Create(data.Values<long>()) : null;

    /// <summary>What is known of the integers of an input; null when nothing is, or it is left out.</summary>
    public KnownIntegers? Integers(int index) => !Has(index) ? null
        : ConstantValue(Node.Inputs[index]) is { } constant ? KnownIntegers.Of(constant) : IntegerValue?.Invoke(Node.Inputs[index]);

    /// <summary>The items of a required list of integers, each a number, a symbol or unknown; null when not even their number is known.</summary>
    /// <exception cref="ToolchainException">The input is no list of int64 or int32.</exception>
    public EquatableArray<Dimension>? Items(int index, string meaning)
    {
        var type = Input(index);
        if (type.Element is not (ElementType.Int64 or ElementType.Int32) || type.Shape is { Rank: not 1 })
        {
            throw Fail($"input {index} ({meaning}) must be a list of integers, found {type}");
        }

        return Integers(index)?.Items
            ?? (type.Shape is [{ IsKnown: true } count] && count.Value <= KnownIntegers.Limit ? EquatableArray.Repeat(Dimension.Unknown, (int)count.Value) : null);
    }

    /// <summary>The product of two sizes; unknown unless both are numbers or one of them is 1.</summary>
    /// <exception cref="ToolchainException">It is larger than 2^63 − 1.</exception>
    public Dimension Times(Dimension a, Dimension b) => KnownIntegers.Product(a, b) is var product && (product != Dimension.Unknown || !a.IsKnown || !b.IsKnown)
        ? product
        : throw Fail($"{a} · {b} values along one axis are too many");

    /// <summary>An axis in 0..rank−1 for one that may count from the end.</summary>
    public int Axis(long axis, int rank) => axis >= -rank && axis < rank
        ? (int)(axis < 0 ? axis + rank : axis)
        : throw Fail($"attribute 'axis' is {axis}; a tensor of rank {rank} has axes {-rank} to {rank - 1}");

    /// <summary>An error that names the node and its operator.</summary>
    public ToolchainException Fail(string problem) => new(ErrorKind.BadInput, $"{Node}: {problem}.");
}
