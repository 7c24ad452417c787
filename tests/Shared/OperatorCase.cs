using Toolchain.Graphs;

namespace Toolchain.Tests;

/// <summary>A small graph around one operator.</summary>
/// <param name="Name">The operator's name, and what is special after a space.</param>
/// <param name="Input">One input without its batch, which is symbolic and 2 in tests.</param>
/// <param name="Build">From the input to the output.</param>
/// <param name="HasGradient">Whether the output is a differentiable function of the input.</param>
internal sealed record OperatorCase(string Name, long[] Input, Func<GraphBuilder, Value, Value> Build, bool HasGradient = true)
{
    public const int Batch = 2;

    /// <summary>The operator it is about.</summary>
    public string Operator => Name.Split(' ')[0];

    public Graph Graph()
    {
        var net = new GraphBuilder("operator", seed: 5);
        net.Output("y", Build(net, net.Input("x", ElementType.Float32, ["N", .. Input.Select(static d => (Dimension)d)])));
        return net.Build();
    }

    /// <summary>An input of two items.</summary>
    public TensorData Sample() => Numbers.Apart(11, [Batch, .. Input]);

    /// <inheritdoc/>
    public override string ToString() => Name;
}
