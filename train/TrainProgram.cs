using Toolchain.Registry.Cli;
using Toolchain.Train.Commands;

namespace Toolchain.Train;

/// <summary>The <c>train</c> program: its name, its purpose and its commands.</summary>
internal static class TrainProgram
{
    /// <summary>The program's name.</summary>
    public const string Name = "train";

    /// <summary>What it is for, in one sentence.</summary>
    public const string Summary = "Train the documented networks with TorchSharp and publish them in the model registry.";

    /// <summary>New instances of all commands, in the order in which help lists them.</summary>
    public static ToolCommand[] Commands() =>
    [
        new NetworksCommand(),
        new DescribeCommand(),
        new DataCommand(),
        new FindLrCommand(),
        new RunCommand(),
        new EvaluateCommand(),
        new ImportWeightsCommand(),
        new ExportWeightsCommand(),
    ];
}
