using Toolchain.Graphs;

namespace Toolchain.Export.Ensembles.Grouping;

/// <summary>Weights of all members in one tensor, put together whenever they are asked for.</summary>
internal static class StackedWeights
{
    /// <summary>The members' tensors one after the other along the first axis.</summary>
    public static TensorData Joined(IReadOnlyList<TensorData> members)
    {
        var first = members[0];
        return InTurn(members, [first.Dimensions[0] * members.Count, .. first.Dimensions.Skip(1)]);
    }

    /// <summary>The members' matrices as <c>[members, K, outputs]</c>.</summary>
    /// <param name="members"><c>[K, outputs]</c>, or <c>[outputs, K]</c> when they are stored transposed.</param>
    /// <param name="transposed">Whether they are.</param>
    public static TensorData Batched(IReadOnlyList<TensorData> members, bool transposed)
    {
        var (rows, columns) = (members[0].Dimensions[0], members[0].Dimensions[1]);
        return transposed
            ? InTurn([.. members.Select(Transposed)], [members.Count, columns, rows])
            : InTurn(members, [members.Count, rows, columns]);
    }

    /// <summary>The members' matrices side by side, as one product gives the outputs of all: <c>[members · outputs, K]</c>, to be used transposed.</summary>
    /// <inheritdoc cref="Batched"/>
    public static TensorData BesideOutputs(IReadOnlyList<TensorData> members, bool transposed) => transposed
        ? Joined(members)
        : Joined([.. members.Select(Transposed)]);

    /// <summary>Constants that go with a member's <c>[N, C, …]</c>, as one that goes with all members' channels: <c>[1, members · C, …]</c>.</summary>
    /// <param name="members">Float32 tensors that broadcast to the shape without making it larger.</param>
    /// <param name="rank">The rank of the shape.</param>
    /// <param name="channels">C.</param>
    /// <returns>Null when they do not broadcast so.</returns>
    public static TensorData? Channels(IReadOnlyList<TensorData> members, int rank, long channels)
    {
        var dimensions = members[0].Dimensions;
        if (members[0].Type != ElementType.Float32 || dimensions.Count > rank)
        {
            return null;
        }

        long[] full = [.. Enumerable.Repeat(1L, rank - dimensions.Count), .. dimensions];
        if (full[0] != 1 || (full[1] != 1 && full[1] != channels))
        {
            return null;
        }

        var inner = full.Skip(2).Aggregate(1L, static (product, d) => product * d);
        var (copies, repeats) = (checked((int)(full[1] * inner)), (int)(channels / full[1]));
        return TensorData.Of<float>(
            [.. members.SelectMany(m => Enumerable.Repeat(m.Values<float>()[..copies].ToArray(), repeats)).SelectMany(static v => v)],
            [1, members.Count * channels, .. full.Skip(2)]);
    }

    // One member's values after the other's.
    private static TensorData InTurn(IReadOnlyList<TensorData> members, EquatableArray<long> dimensions)
    {
        var (each, size) = (members[0].ElementCount, members[0].Type.Size());
        return TensorData.Computed(members[0].Type, dimensions, (first, part) =>
        {
            while (!part.IsEmpty)
            {
                var (member, from) = Math.DivRem(first, each);
                var count = Math.Min(part.Length / size, each - from);
                members[(int)member].CopyTo(part[..(int)(count * size)], from);
                part = part[(int)(count * size)..];
                first += count;
            }
        });
    }

    private static TensorData Transposed(TensorData matrix)
    {
        var (rows, columns, size) = (matrix.Dimensions[0], matrix.Dimensions[1], matrix.Type.Size());
        return TensorData.Computed(matrix.Type, [columns, rows], (first, part) =>
        {
            var source = matrix.Bytes.Span;
            for (var at = 0; at < part.Length; at += size, first++)
            {
                var (column, row) = Math.DivRem(first, rows);
                source.Slice((int)(((row * columns) + column) * size), size).CopyTo(part[at..]);
            }
        });
    }
}
