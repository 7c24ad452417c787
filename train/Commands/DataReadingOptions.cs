using System.CommandLine;
using System.Globalization;
using Toolchain.Data;
using Toolchain.Registry.Cli;

namespace Toolchain.Train.Commands;

/// <summary>How a data set is read: <c>--image-size</c>, <c>--cache</c>, <c>--skip-bad</c>.</summary>
internal sealed class DataReadingOptions
{
    private const string NoCache = "off";

    private readonly Option<Extent?> _size = new("--image-size")
    {
        Description = "Resize images to this size (default: the one that all have; for files of several sizes the median height and width, 224 at most).",
        HelpName = "HxW",
        CustomParser = static result => Parsing.OneToken(result, Extent.Parse),
    };

    private readonly Option<string?> _cache = new("--cache") { Description = "Where decoded image files are kept for the next time, or off to decode them whenever they are read (default: the user's cache folder).", HelpName = $"DIR|{NoCache}" };
    private readonly Option<bool> _skipBad = new("--skip-bad") { Description = "Leave out unreadable image files, and list them, instead of stopping." };

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="withSize">Whether the size may be chosen; where a model is measured, it is the model's.</param>
    public void AddTo(Command command, bool withSize = true)
    {
        if (withSize)
        {
            command.Add(_size);
        }

        command.Add(_cache);
        command.Add(_skipBad);
    }

    /// <summary>What was asked for, with notices on the console.</summary>
    public DatasetOptions Read(CommandContext context, CancellationToken cancellation) => new()
    {
        Size = context.WasGiven(_size) && context.Get(_size) is { } size ? (size.Height, size.Width) : null,
        Cache = !context.WasGiven(_cache) ? DatasetOptions.UserCache : context.Get(_cache) is NoCache ? null : context.Get(_cache),
        SkipBad = context.Get(_skipBad),
        Notice = context.Console.Line,
        Cancellation = cancellation,
    };

    private sealed record Extent(int Height, int Width)
    {
        public static Extent Parse(string text) => text.Split('x') is [var height, var width] && Pixels(height) is { } rows && Pixels(width) is { } columns
            ? new(rows, columns)
            : throw new ToolchainException(ErrorKind.Usage, $"--image-size is '{text}'; it takes a height and a width of 1 to {Largest} pixels, such as 224x224.");

        private const int Largest = 8192;

        private static int? Pixels(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= Largest ? number : null;
    }
}
