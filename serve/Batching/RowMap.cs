namespace Toolchain.Serve.Batching;

/// <summary>
/// Which rows of a buffer are taken. Requests get rows side by side, the lowest that are free, so that a quiet server stays within a few rows
/// of memory. Not for use from several threads.
/// </summary>
/// <param name="rows">The number of rows.</param>
internal sealed class RowMap(int rows)
{
    private readonly bool[] _taken = new bool[rows];

    /// <summary>How many rows are taken.</summary>
    public int Taken { get; private set; }

    /// <summary>Takes rows.</summary>
    /// <param name="count">The number of rows, at least 1.</param>
    /// <returns>The first row; −1 when nowhere are so many free side by side.</returns>
    public int Take(int count)
    {
        for (var first = 0; first <= rows - count;)
        {
            var free = _taken.AsSpan(first).IndexOf(false);
            if (free < 0 || first + free > rows - count)
            {
                return -1;
            }

            first += free;
            var taken = _taken.AsSpan(first, count).LastIndexOf(true);
            if (taken < 0)
            {
                _taken.AsSpan(first, count).Fill(true);
                Taken += count;
                return first;
            }

            first += taken + 1;
        }

        return -1;
    }

    /// <summary>Gives rows back.</summary>
    public void Free(int first, int count)
    {
        _taken.AsSpan(first, count).Clear();
        Taken -= count;
    }
}
