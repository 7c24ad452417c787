using System.Numerics;

namespace Toolchain.Runtime;

/// <summary>Processors of this machine, by the operating system's numbers.</summary>
public sealed class ProcessorSet : IEquatable<ProcessorSet>
{
    // As in sched_setaffinity(2), for 1,024 processors.
    internal const int Words = 16;
    private const int BitsPerWord = 64;
    private readonly ulong[] _words;

    internal ProcessorSet(ulong[] words) => _words = words;

    /// <summary>How many there are; 0 where the operating system does not tell.</summary>
    public int Count => _words.Sum(static word => BitOperations.PopCount(word));

    internal ReadOnlySpan<ulong> Mask => _words;

    /// <summary>All but the one with the lowest number.</summary>
    public ProcessorSet WithoutFirst()
    {
        var rest = _words.ToArray();
        if (Array.FindIndex(rest, static word => word != 0) is var first and >= 0)
        {
            rest[first] &= rest[first] - 1;
        }

        return new(rest);
    }

    /// <inheritdoc/>
    public bool Equals(ProcessorSet? other) => other is not null && _words.AsSpan().SequenceEqual(other._words);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ProcessorSet);

    /// <inheritdoc/>
    public override int GetHashCode() => _words.Aggregate(0, HashCode.Combine);

    /// <summary>The numbers: <c>0, 1</c>.</summary>
    public override string ToString() => string.Join(", ", Enumerable.Range(0, Words * BitsPerWord).Where(i => (_words[i / BitsPerWord] >> (i % BitsPerWord) & 1) != 0));
}
