using static Toolchain.Graphs.Layers;

namespace Toolchain.Graphs.Editing;

/// <summary>The layers that a <see cref="LayerExpression"/> can name, with PyTorch's names, order of arguments and defaults.</summary>
public static class LayerKinds
{
    private const string Window = "kernel_size, stride=None, padding=0, ceil_mode=False";

    private static readonly OrderedDictionary<string, Kind> Kinds = new(StringComparer.Ordinal)
    {
        ["Conv2d"] = new("out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True", static a =>
            Conv2d(a.Whole("out_channels", 1), a.Whole("kernel_size", 1), a.Whole("stride", 1), a.Whole("padding", 0), a.Whole("dilation", 1), a.Whole("groups", 1), a.Flag("bias"))),
        ["Linear"] = new("out_features, bias=True", static a => Linear(a.Whole("out_features", 1), a.Flag("bias"))),
        ["BatchNorm2d"] = new("eps=1e-05, momentum=0.1", static a => BatchNorm2d(a.Real("eps"), a.Real("momentum"))),
        ["ReLU"] = new("", static _ => ReLU()),
        ["ReLU6"] = new("", static _ => static (net, x) => net.Add(new Clip(), [x, net.Constant("min", TensorData.Scalar(0f)), net.Constant("max", TensorData.Scalar(6f))])),
        ["LeakyReLU"] = new("negative_slope=0.01", static a => Operator(new LeakyRelu(a.Real("negative_slope")))),
        ["Tanh"] = new("", static _ => Tanh()),
        ["Sigmoid"] = new("", static _ => Sigmoid()),
        ["Softmax"] = new("dim", static a => Operator(new Softmax(a.Whole("dim", -8)))),
        ["LogSoftmax"] = new("dim", static a => Operator(new LogSoftmax(a.Whole("dim", -8)))),
        ["Dropout"] = new("p=0.5", static a => Dropout(a.Real("p"))),
        ["Identity"] = new("", static _ => Operator(new Identity())),
        ["Flatten"] = new("", static _ => Flatten()),
        ["MaxPool2d"] = new(Window, static a => MaxPool2d(a.Whole("kernel_size", 1), a.WholeOrNone("stride", 1), a.Whole("padding", 0), a.Flag("ceil_mode"))),
        ["AvgPool2d"] = new(Window, static a => AvgPool2d(a.Whole("kernel_size", 1), a.WholeOrNone("stride", 1), a.Whole("padding", 0), a.Flag("ceil_mode"))),
        ["AdaptiveAvgPool2d"] = new("output_size", static a => AdaptiveAvgPool2d(a.Pair("output_size", 1).Height, a.Pair("output_size", 1).Width)),
    };

    /// <summary>How each layer is written: <c>Linear(out_features, bias=True)</c>.</summary>
    public static IReadOnlyList<string> Usages { get; } = [.. Kinds.Select(static k => $"{k.Key}({k.Value.Signature})"), "Sequential(layer, …)"];

    internal static bool IsKnown(string name) => name == "Sequential" || Kinds.ContainsKey(name);

    internal static Layer Make(LayerExpression expression)
    {
        if (expression.Name == "Sequential")
        {
            return Chain(expression);
        }

        return Kinds.TryGetValue(expression.Name, out var kind)
            ? kind.Make(new(expression, kind.Signature))
            : throw new ToolchainException(ErrorKind.Usage, $"Layer '{expression.Name}' is not known.{Nearest.Hint(expression.Name, Kinds.Keys)} Known layers: {string.Join(", ", Kinds.Keys)}, Sequential.");
    }

    private static Layer Chain(LayerExpression expression) => expression.Arguments is { IsEmpty: false } arguments && arguments.All(static a => a is { Name: null, Value: LayerValue.Nested })
        ? Sequential([.. arguments.Select(static a => ((LayerValue.Nested)a.Value).Layer.ToLayer())])
        : throw new ToolchainException(ErrorKind.Usage, $"Layer Sequential(layer, …): it takes layers, at least one, found '{expression}'.");

    private static Layer Operator(Operator op) => (net, x) => net.Add(op, [x]);

    private sealed record Kind(string Signature, Func<LayerArguments, Layer> Make);
}
