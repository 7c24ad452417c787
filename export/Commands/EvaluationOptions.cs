using System.CommandLine;
using Toolchain.Registry.Cli;
using Toolchain.Runtime;

namespace Toolchain.Export.Commands;

/// <summary>The options of commands that run a model: on which data, in what batches, and where.</summary>
internal sealed class EvaluationOptions
{
    private readonly Option<string?> _data = new("--data") { Description = "Also measures the accuracy, or of a regression the mean squared error, on this data set's test split, for example fashion-mnist.", HelpName = "DATA" };
    private readonly Option<int> _batch = new("--batch") { Description = "Samples per run while measuring.", HelpName = "N", DefaultValueFactory = static _ => 256 };
    private readonly DeviceOption _device = new();
    private readonly ThreadsOption _threads = new();

    public EvaluationOptions() => _batch.Validators.Add(static result =>
    {
        if (result.GetValueOrDefault<int>() < 1)
        {
            result.AddError($"--batch is {result.Tokens[0].Value}; at least 1 is needed.");
        }
    });

    public void AddTo(Command command)
    {
        command.Add(_data);
        command.Add(_batch);
        command.Add(_device);
        command.Add(_threads);
    }

    public string? Data(CommandContext context) => context.Get(_data);

    public int Batch(CommandContext context) => context.Get(_batch);

    public SessionSpec Session(CommandContext context) => new() { Device = context.Get(_device), Threads = context.Get(_threads) ?? 0 };
}
