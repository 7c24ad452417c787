using Toolchain.Networks;
using Toolchain.Registry;
using Toolchain.Registry.Cli;
using Toolchain.Train.Commands;

namespace Toolchain.Train;

/// <summary>The <c>train</c> program: its name, its purpose and its commands. A program of one's own calls <see cref="RunAsync"/> and has them all, with its networks in the catalog.</summary>
public static class TrainProgram
{
    /// <summary>The program's name.</summary>
    internal const string Name = "train";

    /// <summary>What it is for, in one sentence.</summary>
    internal const string Summary = "Train the documented networks with TorchSharp and publish them in the model registry.";

    /// <summary>Runs a command line. A failure is a message on standard error and an exit code, never an exception.</summary>
    /// <param name="args">The command line, without the program's name: <c>["run", "mlp", "--data", "fashion-mnist"]</c>.</param>
    /// <param name="own">Networks that join the catalog; their names may be given wherever a network's name may.</param>
    /// <returns>The process's exit code: 0 when all went well, otherwise an <see cref="ExitCode"/>.</returns>
    public static Task<int> RunAsync(string[] args, params Network[] own)
    {
        try
        {
            // A network's name is the model's name unless another is given, so it must be able to be one.
            Array.ForEach(own, static network => ModelName.Checked("Network name", network.Name));
            NetworkCatalog.Register(own);
        }
        catch (ToolchainException clash)
        {
            Console.Error.WriteLine($"{Name}: {clash.Message}");
            return Task.FromResult((int)ExitCodes.Of(clash.Kind));
        }

        return CommandLine.RunAsync(Name, Summary, args, [.. Commands(), new ModelsCommand()]);
    }

    /// <summary>New instances of all commands, in the order in which help lists them.</summary>
    internal static ToolCommand[] Commands() =>
    [
        new NetworksCommand(),
        new DescribeCommand(),
        new DataCommand(),
        new FindLrCommand(),
        new RunCommand(),
        new ResumeCommand(),
        new ReproduceCommand(),
        new SweepCommand(),
        new EvaluateCommand(),
        new LookCommand(),
        new ReportCommand(),
        new ImportWeightsCommand(),
        new ExportWeightsCommand(),
    ];
}
