using Toolchain.Export.Commands;
using Toolchain.Registry.Cli;

return await CommandLine.RunAsync(
    "export",
    "Turns trained models into ONNX files for serving, and proves that they compute the same.",
    args,
    new OnnxCommand(),
    new ImportCommand(),
    new HalfCommand(),
    new EnsembleCommand(),
    new VerifyCommand(),
    new InspectCommand(),
    new ModelsCommand());
