using System.CommandLine;
using Toolchain.Data;
using Toolchain.Registry.Cli;
using Toolchain.Train.Loop;

namespace Toolchain.Train.Commands;

/// <summary>How a data set is read: <c>--image-size</c>, <c>--cache</c>, <c>--skip-bad</c>.</summary>
internal sealed class DataReadingOptions
{
    private const string NoCache = "off";

    private readonly Option<ImageExtent?> _size = new("--image-size")
    {
        Description = "Resize images to this size (default: the one that all have; for files of several sizes the median height and width, 224 at most).",
        HelpName = "HxW",
        CustomParser = static result => Parsing.OneToken(result, static text => ImageExtent.Parse(text)),
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

    /// <summary>Whether a size was asked for.</summary>
    public bool GivesSize(CommandContext context) => context.WasGiven(_size);

    /// <summary>What was asked for, with notices on the console.</summary>
    public DatasetOptions Read(CommandContext context, CancellationToken cancellation) => new()
    {
        Size = context.WasGiven(_size) && context.Get(_size) is { } size ? size.Pair : null,
        Cache = !context.WasGiven(_cache) ? DatasetOptions.UserCache : context.Get(_cache) is NoCache ? null : context.Get(_cache),
        SkipBad = context.Get(_skipBad),
        Notice = context.Console.Line,
        Cancellation = cancellation,
    };
}
