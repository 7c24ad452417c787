namespace Toolchain.Train.Optimization;

/// <summary>The optimisers by the names that <c>--optimizer</c> takes.</summary>
public enum OptimizerKind
{
    /// <summary>Adam.</summary>
    Adam,

    /// <summary>Adam with decoupled weight decay.</summary>
    AdamW,

    /// <summary>Stochastic gradient descent with momentum.</summary>
    Sgd,

    /// <summary>RMSprop.</summary>
    RmsProp,

    /// <summary>Muon for matrices, stochastic gradient descent for the rest.</summary>
    Muon,
}

/// <summary>What is known of each optimiser.</summary>
public static class OptimizerKinds
{
    /// <summary>A new optimiser; the caller disposes it.</summary>
    /// <param name="kind">Which.</param>
    /// <param name="groups">What it updates.</param>
    /// <param name="momentum">μ of <see cref="OptimizerKind.Sgd"/>, <see cref="OptimizerKind.RmsProp"/> and <see cref="OptimizerKind.Muon"/>; the others have β₁ instead.</param>
    /// <param name="nesterov">Whether SGD looks ahead.</param>
    public static Optimizer Create(this OptimizerKind kind, IReadOnlyList<ParameterGroup> groups, double momentum = 0, bool nesterov = false) => kind switch
    {
        OptimizerKind.Adam => new Adam(groups),
        OptimizerKind.AdamW => new AdamW(groups),
        OptimizerKind.Sgd => new Sgd(groups, momentum, nesterov: nesterov),
        OptimizerKind.RmsProp => new RmsProp(groups, standardMomentum: momentum),
        OptimizerKind.Muon => new Muon(groups, momentum),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Unknown optimiser."),
    };

    /// <summary>The word that options and manifests use.</summary>
    public static string Text(this OptimizerKind kind) => kind switch
    {
        OptimizerKind.Adam => "adam",
        OptimizerKind.AdamW => "adamw",
        OptimizerKind.Sgd => "sgd",
        OptimizerKind.RmsProp => "rmsprop",
        OptimizerKind.Muon => "muon",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Unknown optimiser."),
    };

    /// <summary>λ where none is given: 0.01 for AdamW, as PyTorch's, and 0 for the others.</summary>
    public static double DefaultWeightDecay(this OptimizerKind kind) => kind == OptimizerKind.AdamW ? 0.01 : 0;

    /// <summary>μ where none is given: 0.9 for SGD, 0.95 for Muon, and 0 for RMSprop.</summary>
    public static double DefaultMomentum(this OptimizerKind kind) => kind switch
    {
        OptimizerKind.Sgd => 0.9,
        OptimizerKind.Muon => 0.95,
        _ => 0,
    };

    /// <summary>The learning rate where none is given; with one-cycle the highest.</summary>
    public static double DefaultLearningRate(this OptimizerKind kind) => kind switch
    {
        OptimizerKind.Adam or OptimizerKind.AdamW => 0.002,
        OptimizerKind.Sgd => 0.1,
        OptimizerKind.RmsProp => 0.001,
        OptimizerKind.Muon => 0.05,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Unknown optimiser."),
    };
}
