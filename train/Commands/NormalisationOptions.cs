using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using Toolchain.Networks;
using Toolchain.Registry.Cli;

namespace Toolchain.Train.Commands;

/// <summary>How images become the input of a model from elsewhere: <c>--mean</c> and <c>--std</c>, a number per channel on the 0..1 scale.</summary>
internal sealed class NormalisationOptions
{
    private readonly Option<float[]> _mean = Numbers("--mean", "Per channel, subtracted from pixels on the 0..1 scale (default: 0).");
    private readonly Option<float[]> _std = Numbers("--std", "Per channel, what the difference is then divided by (default: 1).");

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_mean);
        command.Add(_std);
    }

    /// <summary>The preprocessing for images of a size.</summary>
    /// <exception cref="ToolchainException">There is not one number per channel, or a deviation is not above 0 (<see cref="ErrorKind.Usage"/>).</exception>
    public Preprocessing Read(CommandContext context, ImageSize size)
    {
        var std = PerChannel(context, _std, size, 1);
        return std.All(static s => s > 0)
            ? new(size.Channels, size.Height, size.Width, PerChannel(context, _mean, size, 0), std)
            : throw new ToolchainException(ErrorKind.Usage, $"{_std.Name} must be above 0 for every channel.");
    }

    private static ImmutableArray<float> PerChannel(CommandContext context, Option<float[]> option, ImageSize size, float otherwise)
    {
        var numbers = context.WasGiven(option) ? context.Get(option) : [.. Enumerable.Repeat(otherwise, size.Channels)];
        return numbers.Length == size.Channels
            ? [.. numbers]
            : throw new ToolchainException(ErrorKind.Usage, $"{option.Name} has {numbers.Length} numbers, but images of {size} have {size.Channels} channels.");
    }

    private static Option<float[]> Numbers(string name, string help) => new(name)
    {
        Description = help,
        HelpName = "R,G,B",
        CustomParser = result => Parsing.OneToken(result, text => text.Split(',').Select(part =>
            float.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && float.IsFinite(number)
                ? number
                : throw new ToolchainException(ErrorKind.Usage, $"{name} is '{text}'; it takes numbers with commas between them, one per channel.")).ToArray()),
    };
}
