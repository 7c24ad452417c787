namespace Toolchain.Serve.Batching;

/// <summary>The rows of a request that run in a batch: all of them, or a part of a request that is larger than a batch.</summary>
/// <param name="Lease">The request.</param>
/// <param name="First">The first row.</param>
/// <param name="Count">The number of rows.</param>
internal readonly record struct Piece(RowLease Lease, int First, int Count);

/// <summary>The batch that an instance runs; each instance has one, and uses it again and again. It changes only while the queue's gate is held.</summary>
/// <param name="instance">The number of the instance.</param>
internal sealed class RunBatch(int instance)
{
    /// <summary>The number of the instance.</summary>
    public int Instance => instance;

    /// <summary>Whose rows these are, in no order.</summary>
    public List<Piece> Pieces { get; } = [];

    /// <summary>The first row.</summary>
    public int First { get; set; }

    /// <summary>The number of rows.</summary>
    public int Count { get; set; }

    /// <summary>What ended its gathering.</summary>
    public ClosedBy ClosedBy { get; set; }

    /// <summary>Whether a request's thread runs it, and not that of its instance.</summary>
    public bool IsLent { get; set; }

    /// <summary>When it was formed; a timestamp.</summary>
    public long Began { get; set; }
}
