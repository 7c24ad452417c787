using Toolchain.Graphs;
using Toolchain.Registry.Cli;

namespace Toolchain.Export.Inspection;

/// <summary>Compares the weights of two graphs by name.</summary>
internal static class WeightChanges
{
    /// <summary>The differences, and how many weights are the same to the last bit.</summary>
    public static (IReadOnlyList<PartChange> Changes, int Equal) Of(OrderedWeights first, OrderedWeights second)
    {
        var changes = new List<PartChange>();
        var equal = 0;
        foreach (var (name, before) in first)
        {
            if (!second.TryGetValue(name, out var after))
            {
                changes.Add(new(ChangeKind.Removed, "weight", name, before.ToString()));
            }
            else if (before.ContentEquals(after))
            {
                equal++;
            }
            else
            {
                changes.Add(Changed(name, before, after));
            }
        }

        changes.AddRange(second.Where(w => !first.ContainsKey(w.Key)).Select(static w => new PartChange(ChangeKind.Added, "weight", w.Key, w.Value.ToString())));
        return (changes, equal);
    }

    private static PartChange Changed(string name, TensorData before, TensorData after)
    {
        var types = before.TensorType == after.TensorType ? before.ToString() : $"{before} → {after}";
        return before.Dimensions == after.Dimensions && LargestDifference(before, after) is { } difference
            ? new(ChangeKind.Changed, "weight", name, $"{types}, values differ by up to {Display.Number(difference)}", difference)
            : new(ChangeKind.Changed, "weight", name, types);
    }

    private static double? LargestDifference(TensorData before, TensorData after)
    {
        if (Reader(before) is not { } left || Reader(after) is not { } right)
        {
            return null;
        }

        var largest = 0.0;
        for (var i = 0; i < before.ElementCount; i++)
        {
            var (a, b) = (left(i), right(i));
            var difference = a.Equals(b) ? 0 : Math.Abs(a - b);
            largest = double.IsNaN(difference) ? double.PositiveInfinity : Math.Max(largest, difference);
        }

        return largest;
    }

    // Value by value, so that weights of gigabytes are never in memory twice.
    private static Func<int, double>? Reader(TensorData data) => data.Type switch
    {
        ElementType.Float32 => i => data.Values<float>()[i],
        ElementType.Float64 => i => data.Values<double>()[i],
        ElementType.Float16 => i => (double)data.Values<Half>()[i],
        ElementType.BFloat16 => i => BitConverter.Int32BitsToSingle(BitConverter.ToUInt16(data.Bytes.Span[(2 * i)..]) << 16),
        ElementType.Int64 => i => data.Values<long>()[i],
        ElementType.Int32 => i => data.Values<int>()[i],
        ElementType.Int8 => i => data.Values<sbyte>()[i],
        ElementType.UInt8 => i => data.Values<byte>()[i],
        _ => null,
    };
}
