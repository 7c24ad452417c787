using Toolchain.Export.Rewrites;
using Toolchain.Graphs;

namespace Toolchain.Export.Importing;

/// <summary>
/// Gives a foreign graph the input that trained graphs have, <c>float32 [N, C, H, W]</c> with red first: nodes in front of it bring it into the file's own
/// layout, colour order and element type. The input keeps its name where nothing has to be done.
/// </summary>
/// <param name="Input">What the file takes.</param>
internal sealed record AdaptInput(ForeignInput Input) : Rewrite
{
    /// <inheritdoc/>
    public override string Name => "adapt-input";

    /// <inheritdoc/>
    public override RewriteResult Apply(Graph graph)
    {
        var names = new ValueNames(graph);
        var nodes = new List<Node>();
        var needed = Input.Channels == ChannelOrder.Bgr || Input.Layout != ImageLayout.Nchw || Input.Element != ElementType.Float32;
        var name = needed ? names.New("input") : Input.Name;
        var value = name;
        if (Input.Channels == ChannelOrder.Bgr)
        {
            var order = Add("input.order", new Constant(TensorData.Of<long>([2, 1, 0])));
            value = Add("input.bgr", new Gather(1), value, order);
        }

        value = Input.Layout switch
        {
            ImageLayout.Nchw => value,
            ImageLayout.Nhwc => Add("input.nhwc", new Transpose([0, 2, 3, 1]), value),
            ImageLayout.Table => Add("input.row", new Flatten(), value),
            _ => throw new InvalidOperationException($"Unknown layout {Input.Layout}."),
        };
        if (Input.Element == ElementType.UInt8)
        {
            // The normalised values are bytes up to rounding, and a cast cuts off.
            var half = Add("input.half", new Constant(TensorData.Scalar(0.5f)));
            value = Add("input.round", new Add(), value, half);
        }

        if (Input.Element != ElementType.Float32)
        {
            value = Add("input.cast", new Cast(Input.Element), value);
        }

        if (needed)
        {
            nodes[^1] = nodes[^1] with { Outputs = [Input.Name] };
        }

        var (size, batch) = (Input.Size, Input.Batch);
        var input = new ValueInfo(name, new(ElementType.Float32, [batch, size.Channels, size.Height, size.Width]));
        return Changed(graph with { Inputs = [input], Nodes = [.. nodes, .. graph.Nodes] }, new Change(nodes.Count, "nodes added"));

        string Add(string wanted, Operator op, params string[] inputs)
        {
            var unique = names.New(wanted);
            nodes.Add(new(unique, op, inputs.ToEquatableArray(), [unique]));
            return unique;
        }
    }
}
