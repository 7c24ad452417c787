namespace Toolchain.Data;

/// <summary>Rows of equal length, one after another in one array.</summary>
internal static class Samples
{
    /// <summary>One row.</summary>
    public static ReadOnlySpan<T> Row<T>(T[] values, int index, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, values.Length / length);
        return values.AsSpan(index * length, length);
    }

    /// <summary>The chosen rows, in the order of the choice.</summary>
    public static T[] Gather<T>(T[] values, int length, ReadOnlySpan<int> rows)
    {
        var chosen = GC.AllocateUninitializedArray<T>(checked(rows.Length * length));
        for (var i = 0; i < rows.Length; i++)
            Row(values, rows[i], length).CopyTo(chosen.AsSpan(i * length));
        return chosen;
    }
}
