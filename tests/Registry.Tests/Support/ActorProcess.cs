using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Toolchain.Registry.Tests.Support;

/// <summary>This assembly, started again.</summary>
internal sealed partial class ActorProcess : IDisposable
{
    private readonly Process process;

    private ActorProcess(ProcessStartInfo start) => process = Process.Start(start)!;

    public static ActorProcess Start(params string[] script) => new(new ProcessStartInfo(Environment.ProcessPath!, [.. Launcher, Actor.Switch, .. script])
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    });

    /// <summary>Starts it so that no file may grow beyond <paramref name="blocks"/> blocks of 512 or 1024 bytes.</summary>
    public static ActorProcess StartLimited(int blocks, params string[] script)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", $"trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"", "sh", Environment.ProcessPath!, .. Launcher, Actor.Switch, .. script])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // The runtime keeps generated code in a file in memory, which counts against the limit.
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        return new ActorProcess(start);
    }

    public string ReadLine() => process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"The process ended: {process.StandardError.ReadToEnd()}");

    /// <summary>SIGKILL after a while, unless the process ends before.</summary>
    public IReadOnlyList<string> KillAfter(TimeSpan moment)
    {
        if (!process.WaitForExit(moment))
        {
            process.Kill();
        }

        return ReadToEnd().Output;
    }

    public void Interrupt() => Assert.Equal(0, SendSignal(process.Id, Interrupted));

    public (int ExitCode, IReadOnlyList<string> Output, string Error) ReadToEnd()
    {
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output.Split('\n', StringSplitOptions.RemoveEmptyEntries), error.Result);
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill();
        }

        process.Dispose();
    }

    // Started through "dotnet Registry.Tests.dll" the host needs the assembly's path again; started by its own executable it does not.
    private static string[] Launcher => Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet" ? [typeof(ActorProcess).Assembly.Location] : [];

    private const int Interrupted = 2;

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);
}
