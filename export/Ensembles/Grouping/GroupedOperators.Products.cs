using Toolchain.Graphs;

namespace Toolchain.Export.Ensembles.Grouping;

/// <content>Convolutions and matrix products, whose weights differ from member to member.</content>
internal sealed partial class GroupedOperators
{
    // Every weight has the output channels, or the input's, along its first axis, so members follow one another there.
    private string? AddProduct(Node node, Operator op, GroupedValue input, Shape output)
    {
        var inputs = new List<string> { input.Name };
        for (var i = 1; i < node.Inputs.Count; i++)
        {
            var place = same.Constants(node, i);
            if (node.Inputs[i].Length > 0 && place is null)
            {
                return $"its input '{node.Inputs[i]}' is computed";
            }

            inputs.Add(place is null ? "" : weights.Add(place, "", StackedWeights.Joined));
        }

        return Set(node, new(nodes.Add(NameOf(node), op, [.. inputs]), GroupedForm.Channels, output));
    }

    private string? AddMatrixProduct(Node node, bool transposed, GroupedValue input, Shape output)
    {
        var bias = same.Constants(node, 2);
        if (input.Shape.Rank != 2 || same.Constants(node, 1) is not { } matrices || matrices.Members[0].Dimensions.Count != 2)
        {
            return "it is no product of a matrix [N, K] and a constant matrix";
        }

        if (node.Inputs.Count > 2 && node.Inputs[2].Length > 0 && bias?.Members[0].ElementCount != output[1].Value)
        {
            return "its bias is not one constant for each output";
        }

        if (input.Form == GroupedForm.Shared)
        {
            var beside = weights.Add(matrices, "", m => StackedWeights.BesideOutputs(m, transposed));
            string[] all = bias is null ? [input.Name, beside] : [input.Name, beside, weights.Add(bias, "", static m => StackedWeights.Joined([.. m.Select(static b => b.Reshape([b.ElementCount]))]))];
            return Set(node, new(nodes.Add(NameOf(node), new Gemm(TransB: true), all), GroupedForm.Channels, output));
        }

        var product = nodes.Add(NameOf(node), new MatMul(), _forms.Batched(input).Name, weights.Add(matrices, ".batched", m => StackedWeights.Batched(m, transposed)));
        if (bias is not null)
        {
            product = nodes.Add($"{product}.biased", new Add(), product, weights.Add(bias, ".batched", static m => StackedWeights.Joined([.. m.Select(static b => b.Reshape([1, 1, b.ElementCount]))])));
        }

        return Set(node, new(product, GroupedForm.Batched, output));
    }

    // A matrix that mixes rows or columns of images, such as a general average pooling, treats channels one by one.
    private string? AddSpatialProduct(Node node, Shape output)
    {
        var operands = new List<string>();
        for (var i = 0; i < node.Inputs.Count; i++)
        {
            if (_values.GetValueOrDefault(node.Inputs[i]) is { } value && value.Shape.Rank == output.Rank && value.Shape[1] == output[1])
            {
                operands.Add(_forms.Channels(value).Name);
            }
            else if (same.Constants(node, i) is { IsCommon: true } place && place.Members[0].Dimensions.Count == 2)
            {
                operands.Add(Common(place));
            }
            else
            {
                return "it is no product of images with one constant matrix for all members";
            }
        }

        return Set(node, new(nodes.Add(NameOf(node), node.Op, [.. operands]), GroupedForm.Channels, output));
    }
}
