using Toolchain.Graphs;

namespace Toolchain.Export.Ensembles;

/// <summary>
/// What an ensemble takes, and how each member's input comes of it. Members that agree share one input, normalised once. Where sizes differ, the
/// ensemble takes the largest of them (a member for smaller images can be given a smaller copy, but nobody can give back what a smaller one has lost), and the
/// graph resizes for the others, bilinear with half-pixel centres and without antialiasing. Where means or deviations differ, the ensemble takes plain values
/// and each member's own normalisation is part of the graph, step by step as the member has it.
/// </summary>
/// <param name="Preprocessing">What the ensemble's manifest says.</param>
internal sealed record EnsembleInput(Preprocessing Preprocessing)
{
    /// <summary>The name of the graph's input, <c>float32 [N, C, H, W]</c>.</summary>
    public const string Name = "input";

    // The float32 next to 1/255 whose product with 255 has the inverse 1: with it as the deviation a normalised pixel is the pixel's own value.
    private static readonly float UnitPixel = MathF.BitDecrement(1f / 255);

    /// <summary>The input of an ensemble.</summary>
    /// <param name="members">The members' preprocessing, of one kind of sample and the same channels.</param>
    public static EnsembleInput Of(IReadOnlyList<Preprocessing> members)
    {
        var largest = members.MaxBy(static m => (long)m.Height * m.Width)!;
        if (members.All(m => SameScale(m, largest)))
        {
            return new(largest);
        }

        var unit = largest.Samples == SampleKind.Pixels ? UnitPixel : 1f;
        return new(largest with { Mean = [.. Enumerable.Repeat(0f, largest.Channels)], Std = [.. Enumerable.Repeat(unit, largest.Channels)] });
    }

    /// <summary>The type of the graph's input.</summary>
    public TensorType Type => new(ElementType.Float32, ["N", Preprocessing.Channels, Preprocessing.Height, Preprocessing.Width]);

    /// <summary>The value that a member reads; nodes that other members need too are there once.</summary>
    public string ValueFor(Preprocessing member, NodeList nodes) => Normalised(member, Resized(member, nodes), nodes);

    private string Resized(Preprocessing member, NodeList nodes)
    {
        var (height, width) = (Scale(Preprocessing.Height, member.Height), Scale(Preprocessing.Width, member.Width));
        return (height, width) == (1, 1) ? Name : nodes.Once($"{member.Height}x{member.Width}", () =>
        {
            var name = $"{Name}.{member.Height}x{member.Width}";
            var scales = nodes.Constant($"{name}.scales", TensorData.Of<float>([1, 1, height, width]));
            return nodes.Add(name, new Resize(ResizeMode.Linear), Name, "", scales);
        });
    }

    private string Normalised(Preprocessing member, string value, NodeList nodes) => SameScale(member, Preprocessing) ? value : nodes.Once($"{value} {Key(member)}", () =>
    {
        var scaled = nodes.Add($"{value}.scaled", new Mul(), value, nodes.Constant($"{value}.scale", PerChannel(member.Scale)));
        return nodes.Add($"{value}.shifted", new Add(), scaled, nodes.Constant($"{value}.offset", PerChannel(member.Offset)));
    });

    private TensorData PerChannel(Func<int, float> value) => TensorData.Of<float>([.. Enumerable.Range(0, Preprocessing.Channels).Select(value)], 1, Preprocessing.Channels, 1, 1);

    private static string Key(Preprocessing member) => string.Create(
        System.Globalization.CultureInfo.InvariantCulture, $"mean {string.Join(' ', member.Mean)} std {string.Join(' ', member.Std)}");

    private static bool SameScale(Preprocessing left, Preprocessing right) => left.Mean.AsSpan().SequenceEqual(right.Mean.AsSpan()) && left.Std.AsSpan().SequenceEqual(right.Std.AsSpan());

    // ONNX rounds size · scale down, so that a scale just below the true one would lose a pixel.
    private static float Scale(int from, int to)
    {
        var scale = (float)to / from;
        while ((long)(scale * from) < to || (long)(scale * (double)from) < to)
        {
            scale = MathF.BitIncrement(scale);
        }

        return scale;
    }
}
