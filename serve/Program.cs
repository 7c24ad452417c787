using Toolchain.Registry.Cli;
using Toolchain.Serve.Cli;

using var signals = new StopSignals();
return (int)await CommandLine.RunAsync(new ServeCommand(signals), args, CommandHost.Process, signals.Token);
