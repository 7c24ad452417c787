using System.CommandLine;
using Toolchain.Registry.Cli;
using Toolchain.Train.Execution;
using Toolchain.Train.Loop;

namespace Toolchain.Train.Commands;

/// <summary>Where and how to compute: <c>--device</c>, <c>--threads</c>, <c>--precision</c>, <c>--layout</c>.</summary>
internal sealed class ComputeOptions
{
    private const string Automatic = "auto";

    private readonly Option<string> _precision = Word("--precision", "The number format of convolutions and matrix products; auto measures.", Enum.GetValues<Precision>().Select(ComputeMode.Text));
    private readonly Option<string> _layout = Word("--layout", "The order of images in memory; auto measures.", Enum.GetValues<MemoryLayout>().Select(ComputeMode.Text));

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
    public Precision? ReadPrecision(CommandContext context) =>
        context.Get(_precision) is var word && word == Automatic ? null : RecipeWords.Parse<Precision>("--precision", word, ComputeMode.Text);

    /// <summary>The layout that was asked for, or null for auto.</summary>
    public MemoryLayout? ReadLayout(CommandContext context) =>
        context.Get(_layout) is var word && word == Automatic ? null : RecipeWords.Parse<MemoryLayout>("--layout", word, ComputeMode.Text);

    private static Option<string> Word(string name, string help, IEnumerable<string> words)
    {
        var option = new Option<string>(name) { Description = help, HelpName = string.Join('|', words.Append(Automatic)), DefaultValueFactory = static _ => Automatic };
        return option.AcceptOnlyFromAmong([.. words, Automatic]);
    }
}
