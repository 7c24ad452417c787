using System.Numerics;

namespace Toolchain.Serve.Protocol;

/// <summary>The largest values of a row.</summary>
internal static class Ranking
{
    // Beyond so many, sorting everything costs less than putting each in its place.
    private const int MaxInserted = 64;

    /// <summary>The indices of the largest values, largest first; of equal ones the first comes first, and what is not a number comes last.</summary>
    /// <param name="values">The row.</param>
    /// <param name="best">Receives as many as it has room for, at most as many as there are values.</param>
    public static void Largest<T>(ReadOnlySpan<T> values, Span<int> best) where T : unmanaged, INumber<T>
    {
        if (best.Length > MaxInserted)
        {
            Sort(values, best);
            return;
        }

        var count = 0;
        for (var i = 0; i < values.Length; i++)
        {
            var place = count;
            while (place > 0 && IsLarger(values[i], values[best[place - 1]]))
            {
                place--;
            }

            if (place < best.Length)
            {
                count = Math.Min(count + 1, best.Length);
                best[place..(count - 1)].CopyTo(best[(place + 1)..]);
                best[place] = i;
            }
        }
    }

    private static void Sort<T>(ReadOnlySpan<T> values, Span<int> best) where T : unmanaged, INumber<T>
    {
        var row = values.ToArray();
        var order = new int[row.Length];
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }

        Array.Sort(order, (a, b) => IsLarger(row[a], row[b]) ? -1 : IsLarger(row[b], row[a]) ? 1 : a.CompareTo(b));
        order.AsSpan(0, best.Length).CopyTo(best);
    }

    private static bool IsLarger<T>(T value, T other) where T : INumber<T> => value > other || (T.IsNaN(other) && !T.IsNaN(value));
}
