using Toolchain.Graphs;

namespace Toolchain.Tests;

/// <content>Pooling and reductions.</content>
internal static partial class OperatorCases
{
    private static IEnumerable<OperatorCase> Pooling =>
    [
        Unary("MaxPool", "plain", new MaxPool([2, 2], [2, 2])),
        Unary("MaxPool", "overlapping and padded", new MaxPool([3, 3], [2, 2], [1, 1, 1, 1])),
        Unary("MaxPool", "rounded up", new MaxPool([3, 3], [2, 2], CeilMode: true), 4, 8, 8),
        Unary("MaxPool", "rounded up with a window in the padding", new MaxPool([2, 2], [2, 2], [1, 1, 1, 1], CeilMode: true), 4, 7, 7),
        Unary("MaxPool", "rounded up over fewer pixels than the window", new MaxPool([2, 3], [2, 2], CeilMode: true), 4, 1, 2),
        Unary("MaxPool", "dilated", new MaxPool([2, 2], Dilations: [2, 3])),
        Unary("MaxPool", "padded on one side", new MaxPool([3, 2], [2, 2], [0, 0, 1, 1])),
        Unary("MaxPool", "padded on one side and rounded up", new MaxPool([3, 3], [2, 2], [0, 0, 1, 1], CeilMode: true), 4, 7, 8),
        Unary("MaxPool", "SAME_UPPER", new MaxPool([2, 2], [2, 2], AutoPad: AutoPad.SameUpper), 4, 7, 7),
        Unary("MaxPool", "SAME_LOWER", new MaxPool([2, 2], AutoPad: AutoPad.SameLower)),
        Unary("AveragePool", "plain", new AveragePool([2, 2], [2, 2])),
        Unary("AveragePool", "padded", new AveragePool([3, 3], [2, 2], [1, 1, 1, 1])),
        Unary("AveragePool", "padded and counted", new AveragePool([3, 3], [2, 2], [1, 1, 1, 1], CountIncludePad: true)),
        Unary("AveragePool", "rounded up", new AveragePool([3, 3], [2, 2], CeilMode: true), 4, 8, 8),
        Unary("AveragePool", "SAME_UPPER where it is symmetric", new AveragePool([3, 3], AutoPad: AutoPad.SameUpper)),
        Unary("GlobalAveragePool", "of images", new GlobalAveragePool()),
        Unary("GlobalAveragePool", "of volumes", new GlobalAveragePool(), 3, 2, 3, 2),
        Unary("ReduceMean", "over everything", new ReduceMean()),
        Unary("ReduceMean", "over the image", new ReduceMean([-1, 2], KeepDims: false)),
        Unary("ReduceMean", "of channels", new ReduceMean([1])),
        Unary("MaxPool", "of lines", new MaxPool([3], [2], [1, 0], CeilMode: true), 4, 8),
        Unary("MaxPool", "padded by more than half of the window", new MaxPool([2, 3], [1, 2], [0, 2, 0, 2])),
        Unary("AveragePool", "of lines", new AveragePool([3], [2], [0, 1]), 4, 8),
        Unary("AveragePool", "padded on one side", new AveragePool([3, 3], [2, 2], [0, 1, 2, 0])),
        Unary("AveragePool", "padded on one side and counted", new AveragePool([3, 3], [2, 2], [0, 1, 2, 0], CountIncludePad: true)),
        Unary("AveragePool", "padded on one side and rounded up", new AveragePool([3, 3], [2, 2], [0, 0, 1, 1], CeilMode: true), 4, 7, 8),
        Unary("AveragePool", "SAME_UPPER", new AveragePool([2, 2], AutoPad: AutoPad.SameUpper)),
        Unary("AveragePool", "SAME_LOWER", new AveragePool([2, 2], [2, 2], AutoPad: AutoPad.SameLower), 4, 7, 7),
        Unary("AveragePool", "VALID", new AveragePool([4, 4], [3, 3], AutoPad: AutoPad.Valid)),
        Unary("GlobalMaxPool", "of images", new GlobalMaxPool()),
        Unary("GlobalMaxPool", "of lines", new GlobalMaxPool(), 3, 7),

        Unary("ReduceSum", "over everything", new ReduceSum(KeepDims: false)),
        Unary("ReduceSum", "over the image", new ReduceSum([-1, -2])),
        Unary("ReduceSum", "of channels", new ReduceSum([1], false)),
        Unary("ReduceMax", "over everything", new ReduceMax()),
        Unary("ReduceMax", "over the image", new ReduceMax([3, 2], false)),
        Unary("ReduceMin", "over everything", new ReduceMin(KeepDims: false)),
        Unary("ReduceMin", "of channels", new ReduceMin([-3])),
        Unary("ReduceL2", "over everything", new ReduceL2()),
        Unary("ReduceL2", "of features", new ReduceL2([-1], false)),
        Answer("ArgMax over the batch", static (net, x) => net.Add(new ArgMax(), [x], "op")),
        Answer("ArgMax over the last axis", static (net, x) => net.Add(new ArgMax(-1, false), [x], "op")),
        Answer("ArgMax of the last of equal values", static (net, x) => net.Add(new ArgMax(1, true, true), [net.Add(new Floor(), [x], "equal")], "op")),
        Answer("ArgMax of the first of equal values", static (net, x) => net.Add(new ArgMax(1), [net.Add(new Floor(), [x], "equal")], "op")),
    ];
}
