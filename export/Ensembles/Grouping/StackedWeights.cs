using Toolchain.Graphs;

namespace Toolchain.Export.Ensembles.Grouping;

/// <summary>Weights of all members in one tensor, made when they are first asked for.</summary>
internal static class StackedWeights
{
    /// <summary>The members' tensors one after the other along the first axis.</summary>
    public static TensorData Joined(IReadOnlyList<TensorData> members)
    {
        var first = members[0];
        return TensorData.Deferred(first.Type, [first.Dimensions[0] * members.Count, .. first.Dimensions.Skip(1)], () => Bytes(members));
    }

    /// <summary>The members' matrices as <c>[members, K, outputs]</c>.</summary>
    /// <param name="members"><c>[K, outputs]</c>, or <c>[outputs, K]</c> when they are stored transposed.</param>
    /// <param name="transposed">Whether they are.</param>
    public static TensorData Batched(IReadOnlyList<TensorData> members, bool transposed)
    {
        var (rows, columns) = (members[0].Dimensions[0], members[0].Dimensions[1]);
        return transposed
            ? TensorData.Deferred(members[0].Type, [members.Count, columns, rows], () => Bytes([.. members.Select(Transposed)]))
            : TensorData.Deferred(members[0].Type, [members.Count, rows, columns], () => Bytes(members));
    }

    /// <summary>The members' matrices side by side, as one product gives the outputs of all: <c>[members · outputs, K]</c>, to be used transposed.</summary>
    /// <inheritdoc cref="Batched"/>
    public static TensorData BesideOutputs(IReadOnlyList<TensorData> members, bool transposed) => transposed
        ? Joined(members)
        : TensorData.Deferred(members[0].Type, [members[0].Dimensions[1] * members.Count, members[0].Dimensions[0]], () => Bytes([.. members.Select(Transposed)]));

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

    private static ReadOnlyMemory<byte> Bytes(IReadOnlyList<TensorData> members)
    {
        var size = checked((int)members[0].ByteCount);
        var bytes = new byte[checked(size * members.Count)];
        foreach (var (index, member) in members.Index())
        {
            member.Bytes.CopyTo(bytes.AsMemory(index * size));
        }

        return bytes;
    }

    private static TensorData Transposed(TensorData matrix)
    {
        var (rows, columns) = ((int)matrix.Dimensions[0], (int)matrix.Dimensions[1]);
        var size = matrix.Type.Size();
        var source = matrix.Bytes.Span;
        var target = new byte[source.Length];
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++)
            {
                source.Slice(((row * columns) + column) * size, size).CopyTo(target.AsSpan(((column * rows) + row) * size));
            }
        }

        return new(matrix.Type, [columns, rows], target);
    }
}
