using Toolchain.Graphs;

namespace Toolchain.Export.Ensembles.Grouping;

/// <summary>Operators that compute for all members at once. What is not here cannot run grouped.</summary>
/// <param name="nodes">Where nodes go.</param>
/// <param name="weights">Where weights go.</param>
/// <param name="members">The number of members.</param>
/// <param name="same">What members have in the place of the first one's weights and constants.</param>
internal sealed partial class GroupedOperators(NodeList nodes, GroupedWeights weights, int members, Correspondence same)
{
    private readonly GroupedForms _forms = new(nodes, members);
    private readonly Dictionary<string, GroupedValue> _values = new(StringComparer.Ordinal);

    /// <summary>Defines a value that nodes of the first member read.</summary>
    public void Define(string name, GroupedValue value) => _values[name] = value;

    /// <summary>The value that stands for one of the first member's, with the members as its second axis: <c>[N, members, K, …]</c>.</summary>
    public string Beside(string name) => _forms.Beside(_values[name]);

    /// <summary>Adds what computes a node for all members.</summary>
    /// <param name="node">A node of the first member; no <see cref="Constant"/>.</param>
    /// <param name="output">The shape of its output.</param>
    /// <returns>Why it cannot be; null when it can.</returns>
    public string? Add(Node node, Shape? output)
    {
        if (output is null || output.Rank < 2 || node.Outputs.Count != 1)
        {
            return "it has more than one output, or one without a known shape [N, C, …]";
        }

        if (node.Op is BinaryOperator)
        {
            return AddBinary(node, output);
        }

        if (node.Op is MatMul && output.Rank > 2)
        {
            return AddSpatialProduct(node, output);
        }

        return _values.GetValueOrDefault(node.Inputs[0]) is not { } input ? "its first input is a constant" : node.Op switch
        {
            Identity => Set(node, input),
            Conv { Group: 1 } conv when input.Form == GroupedForm.Shared => AddProduct(node, conv, input, output),
            Conv conv => AddProduct(node, conv with { Group = conv.Group * members }, _forms.Channels(input), output),
            ConvTranspose conv => AddProduct(node, conv with { Group = conv.Group * members }, _forms.Channels(input), output),
            BatchNormalization => AddProduct(node, node.Op, _forms.Channels(input), output),
            Gemm { TransA: false, Alpha: 1, Beta: 1 } gemm => AddMatrixProduct(node, gemm.TransB, input, output),
            MatMul => AddMatrixProduct(node, false, input, output),
            Concat concat => AddConcat(node, concat, output),
            MaxPool or AveragePool or GlobalAveragePool or Flatten { Axis: 1 } => AddPlain(node, node.Op, input, output),
            Reshape when output is [_, { IsKnown: true }] && output[0] == input.Shape[0] => AddPlain(node, new Flatten(), input, output),
            ReduceMean mean when mean.Axes.Count > 0 && mean.Axes.All(a => a >= 2 || (a < 0 && a + input.Shape.Rank >= 2)) => AddPlain(node, mean, input, output),
            Pad => AddPad(node, input, output),
            Resize or Clip => AddWithConstants(node, input, output),
            Softmax or LogSoftmax => "a softmax over channels is only possible at the end",
            UnaryOperator => Set(node, new(nodes.Add(NameOf(node), node.Op, input.Name), input.Form, output)),
            _ => "there is no grouped form of it",
        };
    }

    private string? AddBinary(Node node, Shape output)
    {
        var operands = new List<string>();
        for (var i = 0; i < node.Inputs.Count; i++)
        {
            if (_values.GetValueOrDefault(node.Inputs[i]) is { } value)
            {
                if (value.Shape.Rank != output.Rank || value.Shape[1] != output[1])
                {
                    return $"it broadcasts {value.Shape} to {output}";
                }

                operands.Add(_forms.Channels(value).Name);
            }
            else if (output[1].IsKnown && same.Constants(node, i) is { } place && StackedWeights.Channels(place.Members, output.Rank, output[1].Value) is { } stacked)
            {
                operands.Add(weights.Add(place, $".channels{output.Rank}", _ => stacked));
            }
            else
            {
                return $"its constant '{node.Inputs[i]}' does not belong to channels";
            }
        }

        return Set(node, new(nodes.Add(NameOf(node), node.Op, [.. operands]), GroupedForm.Channels, output));
    }

    // Joining channels would give those of the first operand for all members before those of the second; each member's have to stay together.
    private string? AddConcat(Node node, Concat concat, Shape output)
    {
        var axis = concat.Axis < 0 ? concat.Axis + output.Rank : concat.Axis;
        if (axis != 1 || !Known(output) || node.Inputs.Any(i => !_values.ContainsKey(i)))
        {
            return "it does not join computed channels of images with a known size";
        }

        var parts = node.Inputs.Select(i => _forms.Channels(_values[i])).Select(v => nodes.Once($"parts {v.Name}", () => _forms.Reshape($"{v.Name}.parts", v.Name, 0, members, -1))).ToArray();
        return SetTogether(node, nodes.Add($"{NameOf(node)}.parts", new Concat(2), parts), output);
    }

    // New channels belong to each member, so the members get an axis of their own meanwhile.
    private string? AddPad(Node node, GroupedValue input, Shape output)
    {
        if (same.Constants(node, 1) is not { IsCommon: true } place || !Known(output) || !Known(input.Shape))
        {
            return "its pads are not one constant for all members, or sizes are not known";
        }

        if (node.Inputs.Count > 2 && node.Inputs[2].Length > 0 && same.Constants(node, 2) is not { IsCommon: true })
        {
            return "it does not fill with one constant for all members";
        }

        var pads = place.Members[0].Values<long>().ToArray();
        var apart = nodes.Constant($"{NameOf(node)}.pads", TensorData.Of<long>([pads[0], 0, .. pads[1..output.Rank], pads[output.Rank], 0, .. pads[(output.Rank + 1)..]]));
        string[] inputs = [_forms.Beside(_forms.Channels(input)), apart, .. same.Constants(node, 2) is { } fill ? new[] { Common(fill) } : []];
        return SetTogether(node, nodes.Add($"{NameOf(node)}.apart", node.Op, inputs), output);
    }

    private string? AddPlain(Node node, Operator op, GroupedValue input, Shape output)
    {
        var value = input.Form == GroupedForm.Batched ? _forms.Channels(input) : input;
        return Set(node, new(nodes.Add(NameOf(node), op, value.Name), value.Form, output));
    }

    // Scales and bounds concern all channels alike.
    private string? AddWithConstants(Node node, GroupedValue input, Shape output)
    {
        if (node.Op is Resize && node.Inputs.Count > 3 && node.Inputs[3].Length > 0)
        {
            return "it is given sizes, that of the channels among them, instead of scales";
        }

        var inputs = new List<string> { input.Name };
        for (var i = 1; i < node.Inputs.Count; i++)
        {
            var place = same.Constants(node, i);
            if (node.Inputs[i].Length > 0 && place is not { IsCommon: true })
            {
                return $"its input '{node.Inputs[i]}' is not one constant for all members";
            }

            inputs.Add(place is null ? "" : Common(place));
        }

        return Set(node, new(nodes.Add(NameOf(node), node.Op, [.. inputs]), input.Form, output));
    }

    private string Common(ConstantPlace place) => nodes.Once($"constant {place.Key}", () => nodes.Constant($"all.{place.Name}", place.Members[0]));

    // From [N, members, …] back to the members' channels one after the other.
    private string? SetTogether(Node node, string apart, Shape output) =>
        Set(node, new(_forms.Reshape(NameOf(node), apart, [0, members * output[1].Value, .. output.Skip(2).Select(static d => d.Value)]), GroupedForm.Channels, output));

    private string? Set(Node node, GroupedValue value)
    {
        _values[node.Outputs[0]] = value;
        return null;
    }

    private static bool Known(Shape shape) => shape.Skip(1).All(static d => d.IsKnown);

    private static string NameOf(Node node) => $"all.{node.Name}";
}
