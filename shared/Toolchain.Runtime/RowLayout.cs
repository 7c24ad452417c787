using Toolchain.Graphs;

namespace Toolchain.Runtime;

/// <summary>One row of an input or output: a tensor without its batch dimension.</summary>
/// <param name="Name">The tensor's name in the model.</param>
/// <param name="Type">The element type.</param>
/// <param name="Dimensions">The dimensions after the batch dimension.</param>
public sealed record RowTensor(string Name, ElementType Type, EquatableArray<long> Dimensions)
{
    /// <summary>Elements of one row.</summary>
    public long Elements { get; } = Dimensions.Aggregate(1L, static (product, dimension) => checked(product * dimension));

    /// <summary>Bytes of one row.</summary>
    public int Bytes => checked((int)(Elements * Type.Size()));
}

/// <summary>What one row of a batch is: every input and output has the batch as its first dimension, and rows of a fixed size.</summary>
/// <param name="Inputs">The inputs, in the model's order.</param>
/// <param name="Outputs">The outputs, in the model's order.</param>
public sealed record RowLayout(EquatableArray<RowTensor> Inputs, EquatableArray<RowTensor> Outputs)
{
    /// <summary>Bytes of one row in all inputs and outputs.</summary>
    public long Bytes => Inputs.Sum(static i => (long)i.Bytes) + Outputs.Sum(static o => (long)o.Bytes);

    // Two, so that an output that has a row for each row of the input differs from one that always has a single row.
    private const int TrialRows = 2;

    /// <summary>The layout of a model, found from its inputs and by running it once on two rows of zeros.</summary>
    /// <exception cref="ToolchainException">The model does not take rows of a fixed size, or does not give one row for each (<see cref="ErrorKind.BadInput"/>).</exception>
    public static RowLayout Of(ModelSession session)
    {
        var inputs = session.Inputs.Select(Input).ToEquatableArray();
        var results = session.Run(inputs.ToDictionary(static i => i.Name, Zeros, StringComparer.Ordinal));
        return new(inputs, session.Outputs.Select(o => Output(o.Name, results[o.Name])).ToEquatableArray());
    }

    private static RowTensor Input(ModelTensor input) => input switch
    {
        { Type: ElementType.Text } => throw Unfit($"input '{input.Name}' holds text"),
        { Shape: [{ IsKnown: false }, ..] shape } when shape.Skip(1).All(static d => d.IsKnown) => new(input.Name, input.Type, [.. shape.Skip(1).Select(static d => d.Value)]),
        _ => throw Unfit($"input '{input.Name}' has the shape {input.Shape}"),
    };

    private static RowTensor Output(string name, TensorData trial) => trial.Dimensions is [TrialRows, ..]
        ? new(name, trial.Type, [.. trial.Dimensions.Skip(1)])
        : throw Unfit($"output '{name}' has the shape {trial.Dimensions} for {TrialRows} rows of input");

    private static TensorData Zeros(RowTensor row) => new(row.Type, [TrialRows, .. row.Dimensions], new byte[checked(TrialRows * row.Bytes)]);

    private static ToolchainException Unfit(string what) => new(
        ErrorKind.BadInput,
        $"The model cannot be run in batches: {what}. Every input and output needs a variable first dimension (the batch), and inputs no other variable dimension. Export it with a dynamic batch.");
}
