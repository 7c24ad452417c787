using Toolchain.Graphs;

namespace Toolchain.Tests;

/// <content>Normalisations and dropout.</content>
internal static partial class OperatorCases
{
    private static IEnumerable<OperatorCase> Normalization =>
    [
        new("BatchNormalization of images", Image, static (net, x) => Normalize(net, x, new())),
        new("BatchNormalization of features", [4], static (net, x) => Normalize(net, x, new(1e-2f, 0.5f))),
        new("Dropout in evaluation", Image, static (net, x) => net.Add(new Dropout(), [x, Scalar(net, "p", 0.3f)])),
        Unary("Dropout", "by default", new Dropout()),
        new("BatchNormalization of lines", [4, 5], static (net, x) => Normalize(net, x, new())),
        Unary("LRN", "by default", new LRN(3)),
        Unary("LRN", "of other numbers", new LRN(5, 0.5f, 0.5f, 2)),
        Unary("LRN", "of more channels than there are", new LRN(11, 0.3f)),
        new("InstanceNormalization of images", Image, static (net, x) => net.Add(new InstanceNormalization(), [x, Weight(net, 4), Bias(net, 4)])),
        new("InstanceNormalization of lines", [4, 9], static (net, x) => net.Add(new InstanceNormalization(0.1f), [x, Weight(net, 4), Bias(net, 4)])),
        new("GroupNormalization of images", Image, static (net, x) => net.Add(new GroupNormalization(2), [x, Weight(net, 4), Bias(net, 4)])),
        new("GroupNormalization of one group", Image, static (net, x) => net.Add(new GroupNormalization(1, 0.1f), [x, Weight(net, 4), Bias(net, 4)])),
        new("GroupNormalization of lines", [6, 5], static (net, x) => net.Add(new GroupNormalization(3), [x, Weight(net, 6), Bias(net, 6)])),
        new("LayerNormalization of the last axis", Image, static (net, x) => net.Add(new LayerNormalization(), [x, Weight(net, 6), Bias(net, 6)])),
        new("LayerNormalization without bias", Image, static (net, x) => net.Add(new LayerNormalization(-2, 0.1f), [x, Weight(net, 6, 6)])),
        new("LayerNormalization of each item", Image, static (net, x) => net.Add(new LayerNormalization(1), [x, Weight(net, 4, 6, 6), net.Parameter("bias", [4, 6, 6], Random)])),
        new("LayerNormalization with one scale", Image, static (net, x) => net.Add(new LayerNormalization(-2), [x, Weight(net, 1), Bias(net, 6)])),
    ];
}
