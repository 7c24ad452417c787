using Toolchain.Registry.Cli;
using Toolchain.Train;

return await CommandLine.RunAsync(TrainProgram.Name, TrainProgram.Summary, args, [.. TrainProgram.Commands(), new ModelsCommand()]);
