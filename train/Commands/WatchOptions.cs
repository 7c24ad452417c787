using System.CommandLine;
using Toolchain.Registry.Cli;
using Toolchain.Train.Observation;

namespace Toolchain.Train.Commands;

/// <summary>What is written down of a run while it goes on: <c>--log-every</c>, <c>--tensorboard</c>.</summary>
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
    }

    /// <summary>What was asked for.</summary>
    public ObservationOptions Read(CommandContext context) => new() { LogEvery = context.Get(_logEvery), Tensorboard = context.Get(_tensorboard) };
}
