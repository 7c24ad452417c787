namespace Toolchain.Graphs;

/// <summary>
/// How each kind of layer begins (notes: How to use weights initialization); what is not set stays as the network, or else PyTorch's module, has it.
/// </summary>
public sealed record InitializationPolicy
{
    private const string ZeroGammaWord = "zero-gamma";

    private static readonly string Expected =
        $"Expected conv=RULE, linear=RULE, bias=constant:V, bn=constant:V or bn={ZeroGammaWord}, where RULE is one of {string.Join(", ", InitializationRule.Words)}, each also with a number: kaiming-normal:1.";

    /// <summary>PyTorch's defaults everywhere.</summary>
    public static InitializationPolicy Default { get; } = new();

    /// <summary>Weights of convolutions, <c>conv=RULE</c>; by default uniform in ±1/√fan-in.</summary>
    public InitializationRule? Convolutions { get; init; }

    /// <summary>Weights of fully connected layers, <c>linear=RULE</c>; by default uniform in ±1/√fan-in.</summary>
    public InitializationRule? Linears { get; init; }

    /// <summary>Biases of both, <c>bias=constant:V</c>; by default uniform in ±1/√fan-in.</summary>
    public InitializationRule? Biases { get; init; }

    /// <summary>Scales of batch normalisations, <c>bn=constant:V</c>; by default 1.</summary>
    public InitializationRule? NormScales { get; init; }

    /// <summary>
    /// Whether the scale of the last batch normalisation of every residual branch begins at 0, <c>bn=zero-gamma</c>, so that each block begins as
    /// the identity (Goyal et al. 2017, arXiv 1706.02677, section 5.1; torchvision's <c>zero_init_residual</c>).
    /// </summary>
    public bool ZeroGamma { get; init; }

    /// <summary>The settings as <see cref="Parse"/> reads them, by kind of parameter.</summary>
    public IReadOnlyList<(ParameterKind Kind, string Text)> Settings =>
    [
        .. Setting(ParameterKind.Convolution, "conv", Convolutions),
        .. Setting(ParameterKind.Linear, "linear", Linears),
        .. Setting(ParameterKind.Bias, "bias", Biases),
        .. Setting(ParameterKind.NormScale, "bn", NormScales),
        .. ZeroGamma ? [(ParameterKind.ResidualScale, $"bn={ZeroGammaWord}")] : Array.Empty<(ParameterKind, string)>(),
    ];

    /// <summary>Reads settings such as <c>conv=kaiming-normal</c>, <c>linear=xavier-uniform</c> and <c>bn=zero-gamma</c>.</summary>
    /// <exception cref="ToolchainException">Some are not understood or stand twice; the message lists every problem (<see cref="ErrorKind.Usage"/>).</exception>
    public static InitializationPolicy Parse(IEnumerable<string> words)
    {
        var policy = Default;
        var problems = new List<string>();
        foreach (var word in words)
        {
            try
            {
                policy = policy.With(word);
            }
            catch (ToolchainException fault) when (fault.Kind == ErrorKind.Usage)
            {
                problems.Add(fault.Message);
            }
        }

        return problems.Count == 0 ? policy : throw new ToolchainException(ErrorKind.Usage, $"{string.Join(" ", problems)} {Expected}");
    }

    /// <summary>This policy where it is set, and another one elsewhere.</summary>
    public InitializationPolicy Over(InitializationPolicy other) => new()
    {
        Convolutions = Convolutions ?? other.Convolutions,
        Linears = Linears ?? other.Linears,
        Biases = Biases ?? other.Biases,
        NormScales = NormScales ?? other.NormScales,
        ZeroGamma = ZeroGamma || other.ZeroGamma,
    };

    /// <summary>How a parameter begins, or null where its layer's own default holds.</summary>
    public Initialization? For(ParameterKind kind, EquatableArray<long> dimensions) => kind switch
    {
        ParameterKind.Convolution => Convolutions?.For(dimensions),
        ParameterKind.Linear => Linears?.For(dimensions),
        ParameterKind.Bias => Biases?.For(dimensions),
        ParameterKind.NormScale => NormScales?.For(dimensions),
        ParameterKind.ResidualScale => ZeroGamma ? Initialization.Zeros : NormScales?.For(dimensions),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Unknown kind of parameter."),
    };

    /// <summary>The settings, separated by spaces.</summary>
    public override string ToString() => string.Join(" ", Settings.Select(static s => s.Text));

    private static IEnumerable<(ParameterKind Kind, string Text)> Setting(ParameterKind kind, string name, InitializationRule? rule) => rule is null ? [] : [(kind, $"{name}={rule}")];

    private InitializationPolicy With(string word) => word.Split('=', 2) switch
    {
        ["conv", var rule] => this with { Convolutions = Once(word, Convolutions, InitializationRule.Parse(rule)) },
        ["linear", var rule] => this with { Linears = Once(word, Linears, InitializationRule.Parse(rule)) },
        ["bias", var rule] => this with { Biases = Once(word, Biases, Constant(word, rule)) },
        ["bn", ZeroGammaWord] => this with { ZeroGamma = true },
        ["bn", var rule] => this with { NormScales = Once(word, NormScales, Constant(word, rule)) },
        _ => throw new ToolchainException(ErrorKind.Usage, $"Initialisation '{word}' is not understood."),
    };

    private static InitializationRule Constant(string word, string rule) => InitializationRule.Parse(rule) is { IsConstant: true } constant
        ? constant
        : throw new ToolchainException(ErrorKind.Usage, $"Initialisation '{word}': a parameter with one value per channel takes a constant only.");

    private static InitializationRule Once(string word, InitializationRule? before, InitializationRule rule) => before is null
        ? rule
        : throw new ToolchainException(ErrorKind.Usage, $"Initialisation '{word}': its kind of parameter is set twice.");
}
