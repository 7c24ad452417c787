namespace Toolchain.Train.Inside;

/// <summary>How dreams are made. Distances between pixels are in the pixel's range, 0 black and 1 full.</summary>
internal sealed record DreamOptions
{
    /// <summary>Updates of the input; 256 by default.</summary>
    public int Steps { get; init; } = 256;

    /// <summary>Adam's learning rate, about the largest change of a pixel per step; 0.02 by default.</summary>
    public double LearningRate { get; init; } = 0.02;

    /// <summary>
    /// The weight of total variation, the sum of squared differences between neighbours (Mahendran and Vedaldi 2014, arXiv 1412.0035, with β = 2); 0.1 by
    /// default. It makes shapes of what would be speckle.
    /// </summary>
    public double TotalVariation { get; init; } = 0.1;

    /// <summary>The weight of the sum of squares of the normalised input (arXiv 1312.6034, section 2); 0.001 by default. It keeps pixels that do not matter at the data's mean.</summary>
    public double Decay { get; init; } = 0.001;

    /// <summary>
    /// How far the input is moved at random, around the edges, before each step, as a share of its longer side, so that nothing is fitted to single pixels
    /// (Mordvintsev et al., «Inceptionism», 2015); 0.04 by default.
    /// </summary>
    public double Jitter { get; init; } = 0.04;

    /// <summary>The largest deviation of the first input from the data's mean; 0.2 by default.</summary>
    public double Noise { get; init; } = 0.2;

    /// <summary>Decides noise and jitter; 0 by default.</summary>
    public long Seed { get; init; }
}
