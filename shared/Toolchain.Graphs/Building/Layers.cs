namespace Toolchain.Graphs;

/// <summary>
/// PyTorch's layers by PyTorch's names and defaults, for use with <c>using static</c>. Each makes its nodes and parameters under the builder's current scope.
/// </summary>
public static partial class Layers
{
    /// <summary>Layers one after the other, named <c>0</c>, <c>1</c>, …</summary>
    public static Layer Sequential(params Layer[] layers) =>
        Sequential([.. layers.Select(static (layer, i) => (i.ToString(System.Globalization.CultureInfo.InvariantCulture), layer))]);

    /// <summary>Layers one after the other under names of their own, as PyTorch's <c>Sequential(OrderedDict)</c>.</summary>
    public static Layer Sequential(params (string Name, Layer Layer)[] layers) =>
        (net, x) => layers.Aggregate(x, (value, named) => net.Apply(named.Name, named.Layer, value));

    /// <summary>2-D convolution; parameters <c>weight</c> [channels, C/groups, kernel, kernel] and <c>bias</c> [channels].</summary>
    public static Layer Conv2d(int channels, int kernel, int stride = 1, int padding = 0, int dilation = 1, int groups = 1, bool bias = true) => (net, x) =>
    {
        if (x.Shape.Rank != 4 || x.Channels % groups != 0)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"Layer '{net.Path}': a 2-D convolution with {groups} groups needs an input [N, C, H, W] whose C they divide, found {x.Shape}.");
        }

        var inputs = x.Channels / groups;
        var first = Initialization.Default(inputs * kernel * kernel);
        var weight = net.Parameter("weight", [channels, inputs, kernel, kernel], ParameterKind.Convolution, first);
        var op = new Conv([kernel, kernel], [stride, stride], [padding, padding, padding, padding], [dilation, dilation], groups);
        return bias ? net.Add(op, [x, weight, net.Parameter("bias", [channels], ParameterKind.Bias, first)]) : net.Add(op, [x, weight]);
    };

    /// <summary>Fully connected layer on [N, features]; parameters <c>weight</c> [features, in] and <c>bias</c> [features].</summary>
    public static Layer Linear(int features, bool bias = true) => (net, x) =>
    {
        if (x.Shape.Rank != 2 || !x.Shape[1].IsKnown)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"Layer '{net.Path}': a linear layer needs an input [N, features], found {x.Shape}. Put Flatten() before it.");
        }

        var first = Initialization.Default(x.Channels);
        var weight = net.Parameter("weight", [features, x.Channels], ParameterKind.Linear, first);
        var op = new Gemm(TransB: true);
        return bias ? net.Add(op, [x, weight, net.Parameter("bias", [features], ParameterKind.Bias, first)]) : net.Add(op, [x, weight]);
    };

    /// <summary>Batch normalisation per channel; parameters <c>weight</c>, <c>bias</c>, buffers <c>running_mean</c>, <c>running_var</c>.</summary>
    /// <param name="eps">Added to the variance.</param>
    /// <param name="momentum">The share of the running statistics that a batch replaces (PyTorch's meaning; ONNX stores 1 − momentum).</param>
    /// <param name="endsBranch">Whether it is the last layer of a residual branch, so that <see cref="InitializationPolicy.ZeroGamma"/> concerns it.</param>
    public static Layer BatchNorm2d(float eps = 1e-5f, float momentum = 0.1f, bool endsBranch = false) => (net, x) => net.Add(
        new BatchNormalization(eps, (float)(1 - (double)momentum)),
        [
            x,
            net.Parameter("weight", [x.Channels], endsBranch ? ParameterKind.ResidualScale : ParameterKind.NormScale, Initialization.Ones),
            net.Parameter("bias", [x.Channels], Initialization.Zeros),
            net.Parameter("running_mean", [x.Channels], Initialization.Zeros),
            net.Parameter("running_var", [x.Channels], Initialization.Ones),
        ]);

    /// <summary>max(0, x).</summary>
    public static Layer ReLU() => static (net, x) => net.Add(new Relu(), [x]);

    /// <summary>Hyperbolic tangent.</summary>
    public static Layer Tanh() => static (net, x) => net.Add(new Tanh(), [x]);

    /// <summary>1 / (1 + e^−x).</summary>
    public static Layer Sigmoid() => static (net, x) => net.Add(new Sigmoid(), [x]);

    /// <summary>log(softmax(x)) over the classes of [N, classes].</summary>
    public static Layer LogSoftmax() => static (net, x) => net.Add(new LogSoftmax(1), [x]);

    /// <summary>Zeroes values with probability <paramref name="p"/> while training.</summary>
    public static Layer Dropout(float p = 0.5f) => (net, x) => net.Add(new Dropout(), [x, net.Constant("p", TensorData.Scalar(p))]);

    /// <summary>Maximum over windows; the stride is the kernel's size unless given.</summary>
    public static Layer MaxPool2d(int kernel, int? stride = null, int padding = 0, bool ceilMode = false) => (net, x) =>
        net.Add(new MaxPool([kernel, kernel], [stride ?? kernel, stride ?? kernel], [padding, padding, padding, padding], CeilMode: ceilMode), [x]);

    /// <summary>Mean over windows; the stride is the kernel's size unless given. Padding counts, as PyTorch's default has it.</summary>
    public static Layer AvgPool2d(int kernel, int? stride = null, int padding = 0, bool ceilMode = false) => (net, x) =>
        net.Add(new AveragePool([kernel, kernel], [stride ?? kernel, stride ?? kernel], [padding, padding, padding, padding], ceilMode, CountIncludePad: true), [x]);

    /// <summary>[N, C, H, W] → [N, C·H·W].</summary>
    public static Layer Flatten() => static (net, x) => net.Add(new Flatten(), [x]);

    /// <summary>
    /// Mean over <paramref name="height"/> × <paramref name="width"/> cells that cover the image, as PyTorch's <c>AdaptiveAvgPool2d</c>: cell i spans
    /// ⌊i·H/height⌋ to ⌈(i+1)·H/height⌉. ONNX has no such operator: 1×1 is GlobalAveragePool, a divisible size AveragePool, and any other
    /// size two constant matrix products, rows then columns, which is exact because the mean over a cell separates.
    /// </summary>
    public static Layer AdaptiveAvgPool2d(int height, int width) => (net, x) =>
    {
        if (x.Shape.Rank != 4 || !x.Shape[2].IsKnown || !x.Shape[3].IsKnown)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"Layer '{net.Path}': adaptive pooling needs an input [N, C, H, W] of known size, found {x.Shape}.");
        }

        var (h, w) = (x.Shape[2].Value, x.Shape[3].Value);
        return (height, width) switch
        {
            (1, 1) => net.Add(new GlobalAveragePool(), [x]),
            _ when h == height && w == width => net.Add(new Identity(), [x]),
            _ when h % height == 0 && w % width == 0 => net.Add(new AveragePool([h / height, w / width], [h / height, w / width]), [x]),
            _ => net.Add(new MatMul(), [net.Constant("rows", AdaptiveCells(h, height)), net.Add(new MatMul(), [x, net.Constant("columns", AdaptiveCells(w, width, transposed: true))], "columns_mean")]),
        };
    };

    /// <summary>[cells, size] weights (or transposed) whose row i averages the pixels of cell i.</summary>
    private static TensorData AdaptiveCells(long size, int cells, bool transposed = false)
    {
        var weights = new float[cells * size];
        for (var cell = 0; cell < cells; cell++)
        {
            var (begin, end) = (cell * size / cells, (((cell + 1) * size) + cells - 1) / cells);
            for (var pixel = begin; pixel < end; pixel++)
            {
                weights[transposed ? (pixel * cells) + cell : (cell * size) + pixel] = 1f / (end - begin);
            }
        }

        return transposed ? TensorData.Of<float>(weights, size, cells) : TensorData.Of<float>(weights, cells, size);
    }
}
