using System.CommandLine;

namespace Toolchain.Registry.Cli;

/// <summary>One invocation of a command: what was written on the command line, and where to write.</summary>
public sealed class CommandContext
{
    private readonly ParseResult parsed;

    internal CommandContext(ParseResult parsed, CommandConsole console, TimeProvider time) => (this.parsed, Console, Time) = (parsed, console, time);

    /// <summary>Where to write.</summary>
    public CommandConsole Console { get; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; }

    /// <summary>An option's value, or its default.</summary>
    public T Get<T>(Option<T> option) => parsed.GetValue(option)!;

    /// <summary>An argument's value, or its default.</summary>
    public T Get<T>(Argument<T> argument) => parsed.GetValue(argument)!;

    /// <summary>Whether the option was written on the command line, rather than defaulted.</summary>
    public bool WasGiven(Option option) => parsed.GetResult(option) is { Implicit: false };

    /// <summary>The registry that <c>--models</c> names.</summary>
    public ModelRegistry Registry(ModelsOption option) => new(Get(option), Time);
}
