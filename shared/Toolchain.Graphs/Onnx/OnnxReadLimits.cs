namespace Toolchain.Graphs.Onnx;

/// <summary>What <see cref="OnnxFile"/> takes at most from a file that may be hostile. The defaults are far above real models.</summary>
public sealed record OnnxReadLimits
{
    /// <summary>The standard limits.</summary>
    public static OnnxReadLimits Standard { get; } = new();

    /// <summary>Bytes of the file, and of each external data file; 16 GiB by default.</summary>
    public long MaxFileBytes { get; init; } = 16L << 30;

    /// <summary>Nodes; 1,000,000 by default.</summary>
    public int MaxNodes { get; init; } = 1_000_000;

    /// <summary>Initializers; 1,000,000 by default.</summary>
    public int MaxInitializers { get; init; } = 1_000_000;

    /// <summary>Graph inputs, outputs, <c>value_info</c> and metadata entries, each; 1,000,000 by default.</summary>
    public int MaxEntries { get; init; } = 1_000_000;

    /// <summary>Attributes of one node; 1,000 by default.</summary>
    public int MaxAttributes { get; init; } = 1_000;

    /// <summary>Inputs and outputs of one node, each; 100,000 by default.</summary>
    public int MaxNodeValues { get; init; } = 100_000;

    /// <summary>Dimensions of a tensor or value; 32 by default.</summary>
    public int MaxRank { get; init; } = 32;

    /// <summary>Messages inside messages; 100 by default, as protobuf's own readers have it.</summary>
    public int MaxDepth { get; init; } = 100;

    /// <summary>Bytes of one name or other text; 16 MiB by default.</summary>
    public int MaxTextBytes { get; init; } = 16 << 20;

    /// <summary>Nodes that calls of the model's own functions become; 200,000 by default.</summary>
    public int MaxInlinedNodes { get; init; } = 200_000;

    /// <summary>Messages inside all attributes that are kept unread (sub-graphs and the like) together; 200,000 by default.</summary>
    public int MaxKeptMessages { get; init; } = 200_000;
}
