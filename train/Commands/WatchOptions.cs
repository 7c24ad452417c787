using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Toolchain.Registry.Cli;
using Toolchain.Train.Observation;
using Toolchain.Train.Profiling;

namespace Toolchain.Train.Commands;

/// <summary>What is written down of a run while it goes on: <c>--log-every</c>, <c>--tensorboard</c>, <c>--profile</c>.</summary>
internal sealed class WatchOptions
{
    private readonly Option<int?> _logEvery = new("--log-every")
    {
        Description = "Write a line about the training to the run's log.jsonl every N steps (default: every 50 steps, and after 5 seconds).",
        HelpName = "N",
    };

    private readonly Option<bool> _tensorboard = new("--tensorboard")
    {
        Description = "Also write event files for TensorBoard, with histograms, images and the graph, to the folder tensorboard of the run.",
    };

    private readonly Option<int?> _profile = new("--profile")
    {
        Description = $"Also time every layer of so many steps, forward and backward, into a flame graph and a trace in the folder profile of the run (without a number: {ProfileObserver.StandardSteps}).",
        HelpName = "STEPS",
        Arity = ArgumentArity.ZeroOrOne,
        CustomParser = ReadSteps,
    };

    public WatchOptions() => _logEvery.Validators.Add(static result =>
    {
        if (result.GetValueOrDefault<int?>() < 1)
        {
            result.AddError("--log-every must be at least 1.");
        }
    });

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_logEvery);
        command.Add(_tensorboard);
        command.Add(_profile);
    }

    /// <summary>What was asked for.</summary>
    public ObservationOptions Read(CommandContext context) => new()
    {
        LogEvery = context.Get(_logEvery),
        Tensorboard = context.Get(_tensorboard),
        ProfileSteps = context.Get(_profile),
    };

    private static int? ReadSteps(ArgumentResult result)
    {
        if (result.Tokens.Count == 0)
        {
            return ProfileObserver.StandardSteps;
        }

        if (int.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var steps) && steps > 0)
        {
            return steps;
        }

        result.AddError($"--profile is '{result.Tokens[0].Value}'; it takes a number of steps from 1.");
        return null;
    }
}
