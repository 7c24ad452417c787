using System.Numerics;

namespace Toolchain;

/// <summary>
/// Random numbers that are the same on every machine and .NET version: xoshiro256** (Blackman and Vigna, «Scrambled linear pseudorandom
/// number generators», 2021) started from SplitMix64 as its authors advise. A seed and a path of numbers (an epoch, an image) name an
/// independent stream, so what is drawn never depends on the order of the work. A mutable value: keep it in a local variable.
/// </summary>
public struct SeededRandom
{
    private ulong _s0, _s1, _s2, _s3;

    /// <summary>Starts the stream that the seed and the path name.</summary>
    public SeededRandom(long seed, params ReadOnlySpan<long> path)
    {
        var state = (ulong)seed;
        foreach (var step in path)
            state = SplitMix64(ref state) ^ (ulong)step;
        (_s0, _s1, _s2, _s3) = (SplitMix64(ref state), SplitMix64(ref state), SplitMix64(ref state), SplitMix64(ref state));
    }

    internal SeededRandom((ulong, ulong, ulong, ulong) state) => (_s0, _s1, _s2, _s3) = state;

    /// <summary>64 random bits.</summary>
    public ulong NextBits()
    {
        var result = BitOperations.RotateLeft(_s1 * 5, 7) * 9;
        var carried = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= carried;
        _s3 = BitOperations.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>A number from 0 to <paramref name="bound"/> − 1, each equally likely.</summary>
    public int Below(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
        // Lemire, «Fast random integer generation in an interval», 2019: the high half of a product, redrawn in the few cases that would favour some values.
        var threshold = (0u - (uint)bound) % (uint)bound;
        while (true)
        {
            var product = (NextBits() >> 32) * (uint)bound;
            if ((uint)product >= threshold)
                return (int)(product >> 32);
        }
    }

    /// <summary>True or false, equally likely.</summary>
    public bool Coin() => (NextBits() >> 63) != 0;

    /// <summary>A number from 0 (included) to 1 (excluded), a multiple of 2^−53.</summary>
    public double NextDouble() => (NextBits() >> 11) * (1.0 / (1L << 53));

    /// <summary>Puts the items into a random order (Fisher and Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (var last = items.Length - 1; last > 0; last--)
        {
            var other = Below(last + 1);
            (items[last], items[other]) = (items[other], items[last]);
        }
    }

    internal static ulong SplitMix64(ref ulong state)
    {
        var z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
