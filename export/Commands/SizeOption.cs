using System.CommandLine;
using System.Globalization;
using Toolchain.Graphs;

namespace Toolchain.Export.Commands;

/// <summary>A size of the input: <c>N</c>, or <c>dynamic</c> for one that each run chooses; null, the default, leaves it as it is.</summary>
internal sealed class SizeOption : Option<Dimension?>
{
    private const string Dynamic = "dynamic";

    /// <summary>An option for one axis.</summary>
    /// <param name="name">The option: <c>--height</c>.</param>
    /// <param name="axis">What it sets, in words.</param>
    /// <param name="symbol">The axis's name in the file where it is dynamic.</param>
    public SizeOption(string name, string axis, string symbol)
        : base(name)
    {
        (Description, HelpName) = ($"Fixes {axis}, or leaves it to each run (default: as trained).", $"N|{Dynamic}");
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (text == Dynamic)
            {
                return symbol;
            }

            if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size is > 0 and <= int.MaxValue)
            {
                return size;
            }

            result.AddError($"{name} is '{text}'; expected a number from 1, or {Dynamic}.");
            return null;
        };
    }
}
