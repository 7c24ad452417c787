using Toolchain.Registry.Cli;
using Toolchain.Serve.Cli;
using Toolchain.Serve.Models;

ModelContent.Prepare();
using var signals = new StopSignals();
return (int)await CommandLine.RunAsync(new ServeCommand(signals), args, CommandHost.Process, signals.Token);
