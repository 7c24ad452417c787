namespace Toolchain.Graphs;

/// <summary>A node with what is known of its inputs: what an operator's inference and cost look at.</summary>
/// <param name="Node">The node.</param>
/// <param name="Types">One per input; null where the input is left out.</param>
/// <param name="ConstantValue">The value that a named input always has, or null.</param>
public sealed record NodeContext(Node Node, IReadOnlyList<TensorType?> Types, Func<string, TensorData?> ConstantValue)
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

    /// <summary>The constant int64 list of an optional input; null when it is left out.</summary>
    public EquatableArray<long>? Longs(int index, string meaning) =>
        Constant(index, meaning) is { } data ? EquatableArray.Create(data.Values<long>()) : null;

    /// <summary>An axis in 0..rank−1 for one that may count from the end.</summary>
    public int Axis(long axis, int rank) => axis >= -rank && axis < rank
        ? (int)(axis < 0 ? axis + rank : axis)
        : throw Fail($"attribute 'axis' is {axis}; a tensor of rank {rank} has axes {-rank} to {rank - 1}");

    /// <summary>An error that names the node and its operator.</summary>
    public ToolchainException Fail(string problem) => new(ErrorKind.BadInput, $"{Node}: {problem}.");
}
