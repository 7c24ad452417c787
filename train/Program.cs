using Toolchain.Registry.Cli;
using Toolchain.Train.Commands;

return await CommandLine.RunAsync(
    "train",
    "Train the documented networks with TorchSharp and publish them in the model registry.",
    args,
    new NetworksCommand(),
    new DescribeCommand(),
    new DataCommand(),
    new RunCommand(),
    new EvaluateCommand(),
    new ModelsCommand());
