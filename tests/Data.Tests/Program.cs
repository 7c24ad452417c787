using Toolchain.Data.Tests;

return args is [CacheFiller.Switch, var reference, var cache]
    ? CacheFiller.Run(reference, cache)
    : await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
