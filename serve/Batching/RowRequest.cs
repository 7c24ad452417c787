using System.Diagnostics.CodeAnalysis;

namespace Toolchain.Serve.Batching;

/// <summary>What a request asks of a model's queue.</summary>
/// <param name="Rows">Its rows, at least 1.</param>
/// <param name="Timeout">How long it may wait at most; the model's default when null.</param>
/// <param name="Priority">Its level (<see cref="RequestPriority"/>): 1 is the highest, 0 the default.</param>
/// <param name="Cancellation">The client went away.</param>
/// <param name="Bytes">What it keeps in memory while it waits, in bytes.</param>
[SuppressMessage("Design", "CA1068", Justification = "It is what a request asks, and most give up when their client goes away; how much they keep is the afterthought.")]
internal readonly record struct RowRequest(int Rows, TimeSpan? Timeout = null, int Priority = 0, CancellationToken Cancellation = default, long Bytes = 0);

/// <summary>Levels of priority, as the protocol numbers them (schedule policy extension): 1 is the highest, and 0, like a level that there is not, the default.</summary>
internal static class RequestPriority
{
    /// <summary>The lowest level.</summary>
    public const int Lowest = 10;

    /// <summary>The level of a request that names none.</summary>
    public const int Default = 5;

    /// <summary>
    /// What a level is worth: a request goes before those of the next higher level that came so much later, and so waits behind others for a bounded time,
    /// however many come.
    /// </summary>
    public static readonly TimeSpan Step = TimeSpan.FromSeconds(1);

    /// <summary>The level of a request.</summary>
    public static int Level(int priority) => priority is >= 1 and <= Lowest ? priority : Default;
}
