using System.Diagnostics;
using Toolchain.Train.Tests.Support;

namespace Toolchain.Train.Tests.Observation;

/// <summary>A run as a person sees it: the real program in a pseudo-terminal.</summary>
public sealed class TerminalTests
{
    private readonly Workplace _work = new();

    [Theory]
    [InlineData(100, @"loss \d\.\d{4}  accuracy \d+\.\d %  lr 0\.01  [\d,]+ images/s  \d+ MiB", @"^epoch  \d  train \d\.\d{4} \d+\.\d\d %  validation \d\.\d{4} \d+\.\d\d %  [\d,]+ images/s(  best)?$")]
    [InlineData(40, @"loss \d\.\d{4}  accuracy \d+\.\d %  lr 0\.01", @"^ \d  \d\.\d{4} \d+\.\d\d %  \d\.\d{4} \d+\.\d\d %(  best)?$")]
    public async Task The_live_status_shows_the_figures_and_leaves_only_whole_lines_behind(int columns, string figures, string epoch)
    {
        var output = await InTerminalAsync(
            columns, "run", "mlp", "--set", "hidden=64", "--data", SmallData.Reference, "--validation", "0.5", "--batch", "8", "--epochs", "8", "--schedule", "constant", "--lr", "0.01",
            "--precision", "float32", "--layout", "contiguous", "--threads", "1", "--models", _work.Models, "--runs", _work.Runs);
        Assert.Matches(figures, output);
        Assert.Matches(@"\d+ %  epoch [2-8]/8  0:\d\d left", output);

        // Every epoch is one line, and nothing of the status stands behind it.
        var lines = Screen.Of(output, columns);
        Assert.Equal(8, lines.Count(line => System.Text.RegularExpressions.Regex.IsMatch(line, epoch)));
        Assert.Contains(lines, static l => l.StartsWith("note: Overfitting: since epoch ", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, static l => l.Contains("MiB", StringComparison.Ordinal) || l.Contains('━', StringComparison.Ordinal));
        Assert.Contains(lines, static l => l.StartsWith("published mlp:1: test accuracy ", StringComparison.Ordinal));
    }

    private static async Task<string> InTerminalAsync(int columns, params string[] args)
    {
        string[] program = [Environment.ProcessPath!.EndsWith("dotnet", StringComparison.Ordinal) ? Environment.ProcessPath : "dotnet", Path.Combine(AppContext.BaseDirectory, "train.dll"), .. args];
        var start = new ProcessStartInfo("script")
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
            Environment = { ["TERM"] = "xterm-256color" },
            ArgumentList = { "--quiet", "--return", "--command", $"stty cols {columns} rows 40; {string.Join(' ', program.Select(static a => $"'{a}'"))}", "/dev/null" },
        };
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, output);
        return output;
    }
}
