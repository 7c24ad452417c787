using Toolchain.Graphs;

namespace Toolchain.Export.Rewrites;

/// <summary>A node that multiplies its first input by a constant float32 weight: a convolution or a matrix product.</summary>
/// <param name="Node">The node.</param>
/// <param name="Weight">The weight's value.</param>
/// <param name="OutputRank">The rank of its output, which is that of its input too.</param>
internal sealed record Product(Node Node, TensorData Weight, int OutputRank)
{
    /// <summary>The name of the weight.</summary>
    public string WeightName => Node.Inputs[1];

    /// <summary>The name of the bias; empty when it has none.</summary>
    public string BiasName => Node.Inputs.Count > 2 ? Node.Inputs[2] : "";

    /// <summary>The factor that it multiplies its bias by.</summary>
    public float BiasFactor => Node.Op is Gemm gemm ? gemm.Beta : 1;

    /// <summary>The factor that it multiplies the product by.</summary>
    public float ProductFactor => Node.Op is Gemm gemm ? gemm.Alpha : 1;

    /// <summary>Whether it has a bias or can become an operator that has one.</summary>
    public bool CanHaveBias => Node.Op is not MatMul || OutputRank == 2;

    /// <summary>Where the output channels lie in the weight.</summary>
    public ChannelLayout Outputs => ChannelLayout.Outputs(Node.Op)!.Value;

    /// <summary>Where the input channels lie in the weight.</summary>
    public ChannelLayout Inputs => ChannelLayout.Inputs(Node.Op)!.Value;

    /// <summary>The axis of channels, of input and output alike.</summary>
    public int ChannelAxis => Node.Op is MatMul ? OutputRank - 1 : 1;

    /// <summary>The product that a node is; null when it is none or its weight is computed.</summary>
    public static Product? Of(Node node, ConstantValues constants, GraphTypes types)
    {
        if (ChannelLayout.Outputs(node.Op) is null || constants.Floats(node.Inputs[1]) is not { } weight || constants[node.Inputs[0]] is not null)
        {
            return null;
        }

        return node.Op switch
        {
            Conv or ConvTranspose => weight.Dimensions.Count > 2 ? new(node, weight, weight.Dimensions.Count) : null,
            Gemm => weight.Dimensions.Count == 2 ? new(node, weight, 2) : null,
            MatMul => weight.Dimensions.Count == 2 && types[node.Inputs[0]]?.Shape is { Rank: >= 2 } input ? new(node, weight, input.Rank) : null,
            _ => null,
        };
    }

    /// <summary>Its bias for each output channel, with its factor, or zeros; null when it is computed, no float32, or differs by row.</summary>
    public double[]? Bias(ConstantValues constants)
    {
        var bias = new double[Outputs.Channels(Weight)];
        if (BiasName.Length == 0)
        {
            return bias;
        }

        // A Gemm's bias broadcasts to [M, N]; only one that is the same for all rows belongs to a channel.
        if (constants.Floats(BiasName) is not { } own || (own.ElementCount != 1 && (own.ElementCount != bias.Length || own.Dimensions[^1] != bias.Length)))
        {
            return null;
        }

        var values = own.Values<float>();
        for (var c = 0; c < bias.Length; c++)
        {
            bias[c] = (double)BiasFactor * values[values.Length == 1 ? 0 : c];
        }

        return bias;
    }

    /// <summary>The node with other parameters; a bias makes a <c>Gemm</c> of a <c>MatMul</c>.</summary>
    /// <param name="weight">The weight's name.</param>
    /// <param name="bias">The name of a bias with a value for each output channel; empty for none.</param>
    public Node With(string weight, string bias) => Node with
    {
        Op = Node.Op switch
        {
            Gemm gemm => gemm with { Beta = 1 },
            MatMul when bias.Length > 0 => new Gemm(),
            var op => op,
        },
        Inputs = bias.Length == 0 ? [Node.Inputs[0], weight] : [Node.Inputs[0], weight, bias],
    };
}
