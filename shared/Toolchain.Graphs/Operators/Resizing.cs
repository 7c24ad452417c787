namespace Toolchain.Graphs;

/// <summary>How <see cref="Resize"/> makes a value of its neighbours.</summary>
public enum ResizeMode
{
    /// <summary>The nearest one.</summary>
    Nearest,

    /// <summary>Linear interpolation along each axis: bilinear on images.</summary>
    Linear,

    /// <summary>Cubic convolution along each axis (Keys 1981): bicubic on images.</summary>
    Cubic,
}

/// <summary>Where an output pixel x lies in the input; the scale is output size / input size.</summary>
public enum ResizeCoordinates
{
    /// <summary>(x + ½) / scale − ½: PyTorch's <c>align_corners=False</c>.</summary>
    HalfPixel,

    /// <summary>As <see cref="HalfPixel"/>, but 0 where the output has one pixel.</summary>
    PytorchHalfPixel,

    /// <summary>x · (input − 1) / (output − 1): PyTorch's <c>align_corners=True</c>.</summary>
    AlignCorners,

    /// <summary>x / scale: PyTorch's coordinates for nearest neighbours.</summary>
    Asymmetric,
}

/// <summary>Which pixel is the nearest one.</summary>
public enum ResizeRounding
{
    /// <summary>Halves round down.</summary>
    RoundPreferFloor,

    /// <summary>Halves round up: PyTorch's <c>nearest-exact</c>.</summary>
    RoundPreferCeil,

    /// <summary>Always down: PyTorch's <c>nearest</c>.</summary>
    Floor,

    /// <summary>Always up.</summary>
    Ceil,
}

/// <summary>
/// Resizes every axis, ONNX <c>Resize</c> opset 13. Inputs: X, the unused roi, and either scales (float32, one per axis) or sizes (int64, one per axis).
/// Cropping, antialiasing and <c>axes</c> are read as <see cref="Foreign"/>.
/// </summary>
/// <param name="Mode">How a value is made of its neighbours.</param>
/// <param name="Coordinates">Where an output pixel lies.</param>
/// <param name="Rounding">Which pixel is the nearest one.</param>
/// <param name="CubicCoefficient">The a of cubic convolution: −0.75 as in PyTorch, −0.5 as in TensorFlow.</param>
/// <param name="ExcludeOutside">Whether cubic convolution leaves out neighbours beyond the edge, instead of taking the edge for them.</param>
public sealed record Resize(
    ResizeMode Mode = ResizeMode.Nearest, ResizeCoordinates Coordinates = ResizeCoordinates.HalfPixel, ResizeRounding Rounding = ResizeRounding.RoundPreferFloor,
    float CubicCoefficient = Resize.StandardCoefficient, bool ExcludeOutside = false) : Operator
{
    private const float StandardCoefficient = -0.75f;
    private const int Scales = 2;
    private const int Sizes = 3;

    private static readonly string[] CoordinateWords = ["half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric"];
    private static readonly string[] RoundingWords = ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"];
    private static readonly string[] ModeWords = ["nearest", "linear", "cubic"];

    /// <inheritdoc/>
    public override string Type => "Resize";

    /// <inheritdoc/>
    public override IReadOnlyList<int> Settings => [1, Scales, Sizes];

    /// <inheritdoc/>
    public override IEnumerable<Attribute> Attributes =>
    [
        .. Unless("half_pixel", "coordinate_transformation_mode", CoordinateWords[(int)Coordinates]),
        .. Unless(StandardCoefficient, "cubic_coeff_a", CubicCoefficient),
        .. Unless(0, "exclude_outside", ExcludeOutside ? 1 : 0),
        .. Unless("nearest", "mode", ModeWords[(int)Mode]),
        .. Unless("round_prefer_floor", "nearest_mode", RoundingWords[(int)Rounding]),
    ];

    internal static Resize? Read(AttributeReader a)
    {
        var coordinates = Array.IndexOf(CoordinateWords, a.Text("coordinate_transformation_mode", "half_pixel"));
        var mode = Array.IndexOf(ModeWords, a.Text("mode", "nearest"));
        var rounding = Array.IndexOf(RoundingWords, a.Text("nearest_mode", "round_prefer_floor"));

        // The coefficient says something about cubic convolution only, and the extrapolated value about cropping, which is not read here.
        var (coefficient, outside) = (a.Float("cubic_coeff_a", StandardCoefficient), a.Flag("exclude_outside"));
        _ = a.Float("extrapolation_value", 0);
        var isCubic = mode == (int)ResizeMode.Cubic;
        var plain = (isCubic || !outside) && !a.Flag("antialias") && a.Ints("axes").IsEmpty && a.Text("keep_aspect_ratio_policy", "stretch") == "stretch";
        return plain && coordinates >= 0 && mode >= 0 && rounding >= 0 ? new((ResizeMode)mode, (ResizeCoordinates)coordinates, (ResizeRounding)rounding, isCubic ? coefficient : StandardCoefficient, outside) : null;
    }

    /// <summary>Whether the node has scales, and not sizes.</summary>
    public static bool HasScales(NodeContext node) => IsGiven(node, Scales);

    /// <summary>The factor of each axis, or null when sizes are given or the factors are computed at run time.</summary>
    public static EquatableArray<float>? Factors(NodeContext node) =>
        HasScales(node) && node.ConstantValue(node.Node.Inputs[Scales]) is { } data ? EquatableArray.Create(data.Values<float>()) : null;

    /// <inheritdoc/>
    public override EquatableArray<TensorType> Infer(NodeContext node)
    {
        var (hasScales, hasSizes) = (IsGiven(node, Scales), IsGiven(node, Sizes));
        if (hasScales == hasSizes)
        {
            throw node.Fail($"either input {Scales} (scales) or input {Sizes} (sizes) must be given, found {(hasScales ? "both" : "neither")}");
        }

        if (node.Shape(0) is not { } input)
        {
            return [new(node.Input(0).Element, null)];
        }

        var (factors, targets) = (Factors(node), hasSizes ? node.Items(Sizes, "sizes") : null);
        if ((factors?.Count ?? targets?.Count ?? input.Rank) != input.Rank)
        {
            throw node.Fail($"{(hasScales ? "scales" : "sizes")} must have {input.Rank} items for {input}, found {factors?.ToString() ?? targets.ToString()}");
        }

        if (factors?.Any(static f => !(f > 0)) == true || targets?.Any(static t => t.IsKnown && t.Value < 1) == true)
        {
            throw node.Fail($"{(hasScales ? "scales" : "sizes")} must be greater than 0, found {factors?.ToString() ?? targets.ToString()}");
        }

        return [new(node.Input(0).Element, [.. input.Select((d, axis) => Output(node, d, factors?[axis], targets?[axis]))])];
    }

    /// <summary>Linear interpolation weighs two neighbours along each resized axis, cubic convolution four; the nearest neighbour is only moved.</summary>
    public override long MultiplyAdds(NodeContext node, Shape output) => Mode == ResizeMode.Nearest || node.Shape(0) is not { } input
        ? 0
        : checked((output.Elements() ?? 0) << ((Mode == ResizeMode.Cubic ? 2 : 1) * output.Zip(input).Count(static p => p.First != p.Second)));

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Resize(this, context);

    private static Dimension Output(NodeContext node, Dimension input, float? factor, Dimension? target) => (factor, target) switch
    {
        (_, { } size) => size,
        (1, _) => input,
        ({ } scale, _) when input.IsKnown => (long)Math.Floor(input.Value * (double)scale) is > 0 and var size ? size : throw node.Fail($"the scale {scale} leaves nothing of {input} pixels"),
        _ => Dimension.Unknown,
    };

    // An empty tensor stands for an input left out in files of opset 12 and before, and in those that were converted from them.
    private static bool IsGiven(NodeContext node, int index) => node.Has(index) && !(node.Shape(index) is [var only] && only == 0);
}
