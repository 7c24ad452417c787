using Toolchain.Registry.Tests.Support;

return args is [Actor.Switch, .. var script]
    ? await Actor.RunAsync(script)
    : await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
