using System.Globalization;

namespace Toolchain.Networks;

/// <summary>An argument of a network, set by <c>--set name=value</c>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Default">The value when it is not set.</param>
/// <param name="Help">One sentence.</param>
public abstract record NetworkOption(string Name, string Default, string Help)
{
    /// <summary>The values it takes, for people.</summary>
    public abstract string Domain { get; }

    /// <summary>Whether it takes a value.</summary>
    public abstract bool Takes(string value);

    /// <summary>A whole number within bounds.</summary>
    public sealed record Number(string Name, int Standard, int Min, int Max, string Help) : NetworkOption(Name, Standard.ToString(CultureInfo.InvariantCulture), Help)
    {
        /// <inheritdoc/>
        public override string Domain => $"{Min}..{Max}";

        /// <inheritdoc/>
        public override bool Takes(string value) =>
            int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= Min && number <= Max;
    }

    /// <summary>One of a few words, the first of them by default.</summary>
    public sealed record Choice(string Name, EquatableArray<string> Values, string Help) : NetworkOption(Name, Values[0], Help)
    {
        /// <inheritdoc/>
        public override string Domain => string.Join("|", Values);

        /// <inheritdoc/>
        public override bool Takes(string value) => Values.Contains(value);
    }

    /// <summary>true or false, false by default.</summary>
    public sealed record Flag(string Name, string Help) : NetworkOption(Name, "false", Help)
    {
        /// <inheritdoc/>
        public override string Domain => "true|false";

        /// <inheritdoc/>
        public override bool Takes(string value) => value is "true" or "false";
    }
}
