using TorchSharp;

namespace Toolchain.Train.Optimization;

/// <summary>Parameters that share a learning rate and a weight decay, as one of PyTorch's <c>param_groups</c>.</summary>
/// <param name="Name">The group's name, for people.</param>
/// <param name="Parameters">The parameters by name; whoever made them disposes them.</param>
public sealed record ParameterGroup(string Name, IReadOnlyDictionary<string, torch.Tensor> Parameters)
{
    /// <summary>The group's rate as a multiple of the step's; 1 by default.</summary>
    public double LearningRateFactor { get; init; } = 1;

    /// <summary>λ; 0 by default. Most optimisers add λ·p to the gradient, <see cref="AdamW"/> shrinks p by lr·λ instead.</summary>
    public double WeightDecay { get; init; }
}

/// <summary>Other settings for some of the parameters (notes: Differential Learning Rates).</summary>
/// <param name="Pattern">Which parameters.</param>
/// <param name="LearningRate">Their learning rate where the schedule gives the base rate; null for the base rate itself.</param>
/// <param name="WeightDecay">Their λ; null for the general one.</param>
public sealed record GroupRule(NamePattern Pattern, double? LearningRate, double? WeightDecay);
