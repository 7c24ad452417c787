namespace Toolchain.Graphs;

/// <summary>The kinds of parameters that an <see cref="InitializationPolicy"/> tells apart.</summary>
public enum ParameterKind
{
    /// <summary>Weights of convolutions, transposed ones too.</summary>
    Convolution,

    /// <summary>Weights of fully connected layers.</summary>
    Linear,

    /// <summary>Biases of convolutions and fully connected layers.</summary>
    Bias,

    /// <summary>Scales γ of batch normalisations.</summary>
    NormScale,

    /// <summary>Scales γ of those batch normalisations that end a residual branch.</summary>
    ResidualScale,
}
