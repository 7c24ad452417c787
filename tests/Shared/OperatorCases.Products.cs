using Toolchain.Graphs;

namespace Toolchain.Tests;

/// <content>Convolutions and matrix products.</content>
internal static partial class OperatorCases
{
    private static IEnumerable<OperatorCase> Products =>
    [
        Conv("plain", new(), [5, 4, 3, 3]),
        Conv("strided and padded", new([3, 3], [2, 2], [1, 1, 1, 1]), [5, 4, 3, 3]),
        Conv("padded on one side", new(Pads: [0, 1, 2, 0]), [5, 4, 3, 3]),
        Conv("dilated", new(Dilations: [2, 1]), [5, 4, 3, 3]),
        Conv("grouped", new(Group: 2), [6, 2, 3, 3]),
        Conv("depthwise", new(Group: 4, Pads: [1, 1, 1, 1]), [4, 1, 3, 3]),
        Conv("oblong", new(Strides: [1, 2], Pads: [1, 0, 1, 0]), [3, 4, 3, 1]),
        Conv("SAME_UPPER", new(Strides: [2, 2], AutoPad: AutoPad.SameUpper), [3, 4, 3, 3]),
        Conv("SAME_LOWER", new(AutoPad: AutoPad.SameLower), [3, 4, 4, 2]),
        Conv("VALID", new(AutoPad: AutoPad.Valid), [3, 4, 3, 3]),
        Transposed("plain", new(), [4, 5, 3, 3]),
        Transposed("doubling", new([2, 2], [2, 2]), [4, 3, 2, 2]),
        Transposed("strided and padded", new([3, 3], [2, 3], [1, 1, 1, 1], OutputPadding: [1, 0]), [4, 3, 3, 3]),
        Transposed("padded on one side", new(Strides: [2, 2], Pads: [0, 1, 2, 0], OutputPadding: [0, 1]), [4, 3, 3, 3]),
        Transposed("dilated", new(Dilations: [2, 1]), [4, 3, 3, 3]),
        Transposed("grouped", new(Strides: [2, 1], Group: 2), [4, 3, 3, 2]),
        new("ConvTranspose without bias", Image, static (net, x) => net.Add(new ConvTranspose(), [x, Weight(net, 4, 2, 3, 3)])),
        new("Conv without bias", Image, static (net, x) => net.Add(new Conv(), [x, Weight(net, 3, 4, 3, 3)])),
        new("Gemm as a linear layer", [7], static (net, x) => net.Add(new Gemm(TransB: true), [x, Weight(net, 3, 7), Bias(net, 3)])),
        new("Gemm without bias", [7], static (net, x) => net.Add(new Gemm(TransB: true), [x, Weight(net, 3, 7)])),
        new("Gemm scaled", [7], static (net, x) => net.Add(new Gemm(0.5f, 2), [x, Weight(net, 7, 3), Bias(net, 3)])),
        new("Gemm with a bias per item", [7], static (net, x) => net.Add(new Gemm(TransB: true), [x, Weight(net, 3, 7), net.Parameter("bias", [1, 3], Random)])),
        new("Gemm with one bias", [7], static (net, x) => net.Add(new Gemm(1, 0.3f, TransB: true), [x, Weight(net, 3, 7), net.Parameter("bias", [1], Random)])),
        new("Gemm transposed", [7], static (net, x) => net.Add(new Gemm(TransA: true), [net.Add(new Transpose(), [x], "t"), Weight(net, 7, 3)])),
        new("MatMul by a matrix", [3, 5], static (net, x) => net.Add(new MatMul(), [x, Weight(net, 5, 4)])),
        new("MatMul from the left", [3, 5], static (net, x) => net.Add(new MatMul(), [Weight(net, 4, 3), x])),
        new("MatMul of batches", [2, 3, 5], static (net, x) => net.Add(new MatMul(), [x, Weight(net, 2, 5, 4)])),
        new("MatMul by a vector", [3, 5], static (net, x) => net.Add(new MatMul(), [x, Weight(net, 5)])),
        Summed("of batches of matrices", "bij,bjk->bik", [3, 5], 5, 4),
        Summed("of rows", "bij,kj->bik", [3, 5], 4, 5),
        Summed("without an output term", "bij,jk", [3, 5], 5, 4),
        Summed("of outer products", "bi,j->bij", [3], 4),
        Summed("over everything but the batch", "b i j, i j -> b", [3, 5], 3, 5),
        new("Einsum of a bilinear layer", [3], static (net, x) => net.Add(new Einsum("bi,oij,bj->bo"), [x, Weight(net, 4, 3, 3), net.Add(new Tanh(), [x], "other")])),
        new("Einsum that turns axes", [3, 5], static (net, x) => net.Add(new Einsum("bij->jbi"), [x])),
        new("Conv of lines", [4, 9], static (net, x) => net.Add(new Conv([3], [2], [2, 1], [2]), [x, Weight(net, 3, 4, 3), Bias(net, 3)])),
        new("ConvTranspose of lines", [4, 5], static (net, x) => net.Add(new ConvTranspose([3], [2], [1, 0], OutputPadding: [1]), [x, Weight(net, 4, 3, 3), Bias(net, 3)])),
    ];
}
