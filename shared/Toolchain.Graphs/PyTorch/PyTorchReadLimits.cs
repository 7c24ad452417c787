namespace Toolchain.Graphs.PyTorch;

/// <summary>What <see cref="PyTorchFile"/> takes at most from a file that may be hostile. The defaults are far above real state dicts.</summary>
public sealed record PyTorchReadLimits
{
    /// <summary>The standard limits.</summary>
    public static PyTorchReadLimits Standard { get; } = new();

    /// <summary>Bytes of one pickle; 64 MiB by default.</summary>
    public int MaxPickleBytes { get; init; } = 64 << 20;

    /// <summary>Objects that all pickles of a file make, memo entries and items of containers included; 4,000,000 by default.</summary>
    public int MaxObjects { get; init; } = 4_000_000;

    /// <summary>Unfinished objects on a pickle's stack; 100,000 by default.</summary>
    public int MaxStack { get; init; } = 100_000;

    /// <summary>Containers inside containers; 1,000 by default.</summary>
    public int MaxDepth { get; init; } = 1_000;

    /// <summary>Bytes of one name or other text; 1 MiB by default.</summary>
    public int MaxTextBytes { get; init; } = 1 << 20;

    /// <summary>Entries of the zip archive; 1,000,000 by default.</summary>
    public int MaxEntries { get; init; } = 1_000_000;

    /// <summary>Dimensions of a tensor; 32 by default.</summary>
    public int MaxRank { get; init; } = 32;

    /// <summary>
    /// Bytes of all tensors together that cannot be windows of the file because of their strides, beyond the file's own size; 1 GiB by default. It
    /// bounds what a stride of 0 can make of a small file.
    /// </summary>
    public long MaxCopiedBytes { get; init; } = 1L << 30;
}
