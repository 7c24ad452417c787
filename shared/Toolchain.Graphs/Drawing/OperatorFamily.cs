namespace Toolchain.Graphs.Drawing;

/// <summary>Operators that share a colour.</summary>
/// <param name="Name">The family as the legend names it.</param>
/// <param name="Light">Fill and border on a light ground.</param>
/// <param name="Dark">Fill and border on a dark ground.</param>
internal sealed record OperatorFamily(string Name, (string Fill, string Line) Light, (string Fill, string Line) Dark)
{
    private static readonly OperatorFamily Other = new("other", ("#f4f4f5", "#a1a1aa"), ("#2a2a2e", "#71717a"));

    // By ONNX's names, so that an operator which the toolchain does not execute has its colour, too.
    private static readonly (OperatorFamily Family, string[] Types)[] Families =
    [
        (new("convolution", ("#dbeafe", "#3b82f6"), ("#172554", "#3b82f6")), ["Conv", "ConvTranspose"]),
        (new("matrix product", ("#ede9fe", "#8b5cf6"), ("#2e1065", "#8b5cf6")), ["Gemm", "MatMul", "Einsum"]),
        (new("normalisation", ("#ecfccb", "#84a316"), ("#1f2d0a", "#84a316")), ["BatchNormalization", "LayerNormalization", "GroupNormalization", "InstanceNormalization", "LRN"]),
        (new("activation", ("#ffedd5", "#f97316"), ("#431407", "#ea580c")), ["Relu", "LeakyRelu", "PRelu", "Elu", "Selu", "Gelu", "Mish", "Softplus", "HardSigmoid", "HardSwish", "Sigmoid", "Tanh", "Clip", "Softmax", "LogSoftmax", "Erf", "Exp"]),
        (new("pooling and size", ("#ccfbf1", "#14b8a6"), ("#042f2e", "#14b8a6")), ["MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "ReduceMean", "ReduceMax", "ReduceSum", "DepthToSpace", "SpaceToDepth", "Resize", "Upsample", "Pad"]),
        (new("joining", ("#fce7f3", "#ec4899"), ("#500724", "#ec4899")), ["Add", "Sub", "Mul", "Div", "Sum", "Mean", "Max", "Min", "Concat", "Split"]),
        (new("regularisation", ("#fef9c3", "#ca8a04"), ("#352006", "#ca8a04")), ["Dropout"]),
    ];

    /// <summary>The graph's inputs and outputs.</summary>
    public static OperatorFamily Port { get; } = new("input and output", ("#ffffff", "#52525b"), ("#18181b", "#d4d4d8"));

    /// <summary>All families, in the legend's order.</summary>
    public static IReadOnlyList<OperatorFamily> All { get; } = [.. Families.Select(static f => f.Family), Other, Port];

    /// <summary>The family's name in style sheets.</summary>
    public string Class => Name.Split(' ')[0];

    /// <summary>The family of an operator.</summary>
    public static OperatorFamily Of(Operator op) => Families.FirstOrDefault(f => op.Domain.Length == 0 && f.Types.Contains(op.Type)).Family ?? Other;
}
