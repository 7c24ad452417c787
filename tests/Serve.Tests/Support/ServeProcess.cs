using System.Diagnostics;
using System.Text;

namespace Toolchain.Serve.Tests.Support;

/// <summary>The real program, as a person starts it.</summary>
internal sealed class ServeProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Process _process;
    private readonly Task<string> _error;
    private readonly StringBuilder _output = new();

    private ServeProcess(Process process) => (_process, _error) = (process, process.StandardError.ReadToEndAsync());

    /// <summary>Its number.</summary>
    public int Id => _process.Id;

    /// <summary>What it wrote to standard output so far.</summary>
    public string Output => _output.ToString();

    /// <summary>Starts it.</summary>
    public static ServeProcess Start(string folder, params string[] arguments) => Start(folder, new Dictionary<string, string>(), arguments);

    /// <summary>Starts it with environment variables.</summary>
    public static ServeProcess Start(string folder, IReadOnlyDictionary<string, string> environment, params string[] arguments) => Start([], folder, environment, arguments);

    /// <summary>Starts it so that it may not make its threads less nice, as for any user but root (capabilities(7), setpriv(1)).</summary>
    public static ServeProcess StartUnprivileged(string folder, params string[] arguments) =>
        Start(Environment.IsPrivilegedProcess ? ["setpriv", "--bounding-set=-sys_nice"] : [], folder, new Dictionary<string, string>(), arguments);

    private static ServeProcess Start(string[] launcher, string folder, IReadOnlyDictionary<string, string> environment, string[] arguments)
    {
        string[] command = [.. launcher, Path.Combine(AppContext.BaseDirectory, "serve"), .. arguments];
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new(Process.Start(start)!);
    }

    /// <summary>Waits for the line that says where it listens.</summary>
    public Task<Uri> ListeningAsync() => AnnouncedAsync("listening on ");

    /// <summary>Waits for the line that says where gRPC is; it comes after the other.</summary>
    public Task<Uri> GrpcListeningAsync() => AnnouncedAsync("grpc listening on ");

    /// <summary>Sends it a signal.</summary>
    public void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>Waits for its end.</summary>
    public async Task<(int ExitCode, string Error)> ExitAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        _output.Append(await _process.StandardOutput.ReadToEndAsync(patience.Token));
        await _process.WaitForExitAsync(patience.Token);
        return (_process.ExitCode, await _error);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private async Task<Uri> AnnouncedAsync(string words)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (await _process.StandardOutput.ReadLineAsync(patience.Token) is { } line)
        {
            _output.AppendLine(line);
            if (line.StartsWith(words, StringComparison.Ordinal))
            {
                return new(line[words.Length..]);
            }
        }

        throw new InvalidOperationException($"The server ended before it listened: {await _error}");
    }
}
