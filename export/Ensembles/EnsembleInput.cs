using Toolchain.Export.Rewrites;
using Toolchain.Graphs;
using Toolchain.Runtime;

namespace Toolchain.Export.Ensembles;

/// <summary>
/// What an ensemble takes, and how each member's input comes of it. Members that agree share one input, normalised once. Where sizes differ, the
/// ensemble takes the largest of them (a member for smaller images can be given a smaller copy, but nobody can give back what a smaller one has lost), and the
/// graph resizes for the others, bilinear with half-pixel centres and without antialiasing. Where means or deviations differ, each member's own normalisation is
/// part of the graph; a graph that takes samples as they are then has it step by step as the member has it.
/// </summary>
internal sealed record EnsembleInput
{
    /// <summary>The name of the graph's input, <c>float32 [N, C, H, W]</c>.</summary>
    public const string Name = "input";

    private readonly bool _isShared;
    private readonly bool _isPlain;

    private EnsembleInput(Preprocessing preprocessing, bool isShared, bool isPlain) => (Preprocessing, _isShared, _isPlain) = (preprocessing, isShared, isPlain);

    /// <summary>What the ensemble's manifest says: how samples become the input of its trained graph.</summary>
    public Preprocessing Preprocessing { get; }

    /// <summary>The input of a graph that is to take samples as they are: not yet normalised, unless all members normalise alike.</summary>
    public EnsembleInput Plain => new(Preprocessing, _isShared, isPlain: !_isShared);

    /// <summary>The type of the graph's input.</summary>
    public TensorType Type => new(ElementType.Float32, ["N", Preprocessing.Channels, Preprocessing.Height, Preprocessing.Width]);

    /// <summary>The input of an ensemble.</summary>
    /// <param name="members">The members' preprocessing, of one kind of sample and the same channels.</param>
    public static EnsembleInput Of(IReadOnlyList<Preprocessing> members)
    {
        var largest = members.MaxBy(static m => (long)m.Height * m.Width)!;
        return members.All(m => SameScale(m, largest))
            ? new(largest, true, false)
            : new(largest with { Mean = [.. Enumerable.Repeat(0f, largest.Channels)], Std = [.. Enumerable.Repeat(1f, largest.Channels)] }, false, false);
    }

    /// <summary>The value that a member reads; nodes that other members need too are there once.</summary>
    public string ValueFor(Preprocessing member, NodeList nodes)
    {
        var resized = Resized(member, nodes);
        return _isShared ? resized : nodes.Once($"{resized} {Key(member)}", () =>
        {
            var scaled = nodes.Add($"{resized}.scaled", new Mul(), resized, nodes.Constant($"{resized}.scale", PerChannel(c => member.Scale(c) / (_isPlain ? 1 : Preprocessing.Scale(c)))));
            return nodes.Add($"{resized}.shifted", new Add(), scaled, nodes.Constant($"{resized}.offset", PerChannel(member.Offset)));
        });
    }

    /// <summary>A graph that was made for <see cref="Plain"/>, with samples as they are as its input.</summary>
    public Graph TakingSamples(Graph graph)
    {
        if (!_isPlain)
        {
            return new AddPreprocessing(Preprocessing).Apply(graph).Graph;
        }

        var isImage = Preprocessing.Samples == SampleKind.Pixels;
        var sample = ModelTensors.Input(Preprocessing.Samples);
        var planes = new Node("input.planes", new Transpose([0, 3, 1, 2]), [sample], [isImage ? "input.planes" : Name]);
        Node[] front = isImage ? [planes, new("input.cast", new Cast(ElementType.Float32), planes.Outputs, [Name])] : [planes];
        var type = new TensorType(isImage ? ElementType.UInt8 : ElementType.Float32, ["N", Preprocessing.Height, Preprocessing.Width, Preprocessing.Channels]);
        return graph with { Inputs = [new(sample, type)], Nodes = [.. front, .. graph.Nodes] };
    }

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
