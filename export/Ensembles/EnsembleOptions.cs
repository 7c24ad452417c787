using Toolchain.Runtime;

namespace Toolchain.Export.Ensembles;

/// <summary>How the members of an ensemble run inside the graph.</summary>
internal enum EnsembleLayout
{
    /// <summary>Each as a branch of its own; any members can be.</summary>
    Branches,

    /// <summary>Together, as grouped convolutions and batched matrix products; for members of one architecture.</summary>
    Grouped,

    /// <summary>Whichever of the two is faster on the device.</summary>
    Auto,
}

/// <summary>What to merge and how to prove it.</summary>
internal sealed record EnsembleOptions
{
    /// <summary>The name of the model that is published.</summary>
    public required string Name { get; init; }

    /// <summary>A weight for each model, in any scale; null for equal ones.</summary>
    public IReadOnlyList<double>? Weights { get; init; }

    /// <summary>Whether what each member gives is an output too; no by default.</summary>
    public bool WithMembers { get; init; }

    /// <summary>How members run; as branches by default, which makes the same file at every run.</summary>
    public EnsembleLayout Layout { get; init; } = EnsembleLayout.Branches;

    /// <summary>The data set to measure on, or to choose the weights of a soup on; null for none.</summary>
    public string? Data { get; init; }

    /// <summary>Samples per run while measuring.</summary>
    public int Batch { get; init; } = 256;

    /// <summary>Where ONNX Runtime runs.</summary>
    public SessionSpec Session { get; init; } = new();
}
