using System.Globalization;

namespace Toolchain.Graphs;

/// <summary>
/// A rule by which parameters of any size get their first values, written <c>word</c> or <c>word:number</c>. Kaiming (He et al. 2015,
/// arXiv 1502.01852): deviation gain / √fan; Xavier (Glorot and Bengio 2010): gain · √(2 / (fan-in + fan-out)); the uniform forms have the same
/// deviation. The number is the gain; for <c>truncated-normal</c> the deviation; for <c>constant</c> the value.
/// </summary>
public sealed record InitializationRule
{
    private static readonly (string Word, double Standard, Func<Fans, double, Initialization> Make)[] Table =
    [
        ("kaiming-normal", Math.Sqrt(2), static (fans, gain) => new Initialization.Normal(gain / Root(fans.In))),
        ("kaiming-uniform", Math.Sqrt(2), static (fans, gain) => new Initialization.Uniform(gain * Math.Sqrt(3) / Root(fans.In))),
        ("kaiming-normal-fan-out", Math.Sqrt(2), static (fans, gain) => new Initialization.Normal(gain / Root(fans.Out))),
        ("kaiming-uniform-fan-out", Math.Sqrt(2), static (fans, gain) => new Initialization.Uniform(gain * Math.Sqrt(3) / Root(fans.Out))),
        ("xavier-normal", 1, static (fans, gain) => new Initialization.Normal(gain * Math.Sqrt(2) / Root(fans.In + fans.Out))),
        ("xavier-uniform", 1, static (fans, gain) => new Initialization.Uniform(gain * Math.Sqrt(6) / Root(fans.In + fans.Out))),
        ("orthogonal", 1, static (_, gain) => new Initialization.Orthogonal(gain)),
        ("truncated-normal", 0.02, static (_, deviation) => new Initialization.TruncatedNormal(deviation)),
        (Constant, 0, static (_, value) => new Initialization.Fixed((float)value)),
    ];

    private const string Constant = "constant";

    private readonly double _number;

    private InitializationRule(string word, double number) => (Word, _number) = (word, number);

    /// <summary>The words of all rules.</summary>
    public static IReadOnlyList<string> Words { get; } = [.. Table.Select(static row => row.Word)];

    /// <summary>The rule's word.</summary>
    public string Word { get; }

    /// <summary>Whether it gives every value the same number, so that it suits parameters without fans too.</summary>
    public bool IsConstant => Word == Constant;

    /// <summary>The rule of a word.</summary>
    /// <param name="word">One of <see cref="Words"/>.</param>
    /// <param name="number">The rule's own standard when null: √2 for Kaiming, 1 for Xavier and orthogonal, 0.02 for truncated normal, 0 for constant.</param>
    /// <exception cref="ToolchainException">The word is not known (<see cref="ErrorKind.Usage"/>).</exception>
    public static InitializationRule Of(string word, double? number = null) => Array.Find(Table, row => row.Word == word) is { Make: not null } known
        ? new(word, number ?? known.Standard)
        : throw new ToolchainException(ErrorKind.Usage, $"Initialisation '{word}' is not known.{Nearest.Hint(word, Words)}");

    /// <summary>Reads <c>word</c> or <c>word:number</c>.</summary>
    /// <exception cref="ToolchainException">The word is not known or the number is none (<see cref="ErrorKind.Usage"/>).</exception>
    public static InitializationRule Parse(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
        {
            return Of(text);
        }

        return double.TryParse(text.AsSpan(colon + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? Of(text[..colon], number)
            : throw new ToolchainException(ErrorKind.Usage, $"Initialisation '{text}': expected a number behind the colon, found '{text[(colon + 1)..]}'.");
    }

    /// <summary>The first values of a parameter of the given dimensions.</summary>
    public Initialization For(EquatableArray<long> dimensions) =>
        Array.Find(Table, row => row.Word == Word).Make(dimensions.Count > 1 ? Fans.Of(dimensions) : default, _number);

    /// <summary>The rule as <see cref="Parse"/> reads it; the number is left out where it is the rule's own.</summary>
    public override string ToString() => Array.Find(Table, row => row.Word == Word).Standard.Equals(_number)
        ? Word
        : string.Create(CultureInfo.InvariantCulture, $"{Word}:{_number:R}");

    private static double Root(long fan) => Math.Sqrt(Math.Max(1, fan));
}
