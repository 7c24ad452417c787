using System.CommandLine;
using Toolchain.Registry.Cli;
using Toolchain.Train.Execution;

namespace Toolchain.Train.Commands;

/// <summary>Where and how to compute: <c>--device</c>, <c>--threads</c>, <c>--precision</c>, <c>--layout</c>.</summary>
internal sealed class ComputeOptions
{
    private const string Automatic = "auto";

    private readonly Option<Choice<Precision>> _precision = Word<Precision>("--precision", "The number format of convolutions and matrix products; auto measures.", ComputeMode.Text);
    private readonly Option<Choice<MemoryLayout>> _layout = Word<MemoryLayout>("--layout", "The order of images in memory; auto measures.", ComputeMode.Text);

    /// <summary>The device.</summary>
    public DeviceOption Device { get; } = new();

    /// <summary>Computing threads.</summary>
    public ThreadsOption Threads { get; } = new();

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(Device);
        command.Add(Threads);
        command.Add(_precision);
        command.Add(_layout);
    }

    /// <summary>The precision that was asked for, or null for auto.</summary>
    public Precision? ReadPrecision(CommandContext context) => context.Get(_precision).Value;

    /// <summary>The layout that was asked for, or null for auto.</summary>
    public MemoryLayout? ReadLayout(CommandContext context) => context.Get(_layout).Value;

    private static Option<Choice<T>> Word<T>(string name, string help, Func<T, string> text) where T : struct, Enum
    {
        var words = Enum.GetValues<T>().ToDictionary(text, static v => new Choice<T>(v), StringComparer.Ordinal);
        words.Add(Automatic, new(null));
        var option = new Option<Choice<T>>(name) { Description = help, HelpName = string.Join('|', words.Keys), DefaultValueFactory = static _ => new(null) };
        option.CustomParser = result => Parsing.OneToken(result, word => words.TryGetValue(word, out var value)
            ? value
            : throw new ToolchainException(ErrorKind.Usage, $"{name} is '{word}'; it takes {string.Join(", ", words.Keys)}."));
        return option;
    }

    // The command line takes a null that a parser gives for a value that could not be read.
    private sealed record Choice<T>(T? Value) where T : struct, Enum;
}
