namespace Toolchain.Data;

/// <summary>When a background thread made a batch; times are timestamps of <see cref="System.Diagnostics.Stopwatch"/>.</summary>
/// <param name="Thread">The thread's name.</param>
/// <param name="From">When it began.</param>
/// <param name="To">When it had ended.</param>
/// <param name="Augmenting">How much of that went into augmentation, in ticks; the rest went into reading samples.</param>
public readonly record struct PreparedBatch(string Thread, long From, long To, long Augmenting);
