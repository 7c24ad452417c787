using System.CommandLine;
using System.Text.Json.Nodes;
using Toolchain.Registry;
using Toolchain.Registry.Cli;

namespace Toolchain.Train.Tests.Support;

/// <summary>What one command of <c>train</c> gave.</summary>
internal sealed record Answer(ExitCode ExitCode, string Output, string Error)
{
    /// <summary>The result line of <c>--json</c>.</summary>
    public JsonNode Result => JsonNode.Parse(Output)!;
}

/// <summary>A registry and a runs folder of their own, and the <c>train</c> program in this process, at a fixed time and with one thread.</summary>
internal sealed class Workplace
{
    private readonly string _root = Directory.CreateDirectory(Session.NewPath("work")).FullName;

    public string Models => Path.Combine(_root, "models");

    public string Runs => Path.Combine(_root, "runs");

    public ModelRegistry Registry => new(Models);

    public string PathOf(string name) => Path.Combine(_root, name);

    /// <summary>The published versions of all models; empty before the first.</summary>
    public IReadOnlyList<string> Published => [.. Registry.List().Select(static m => $"{m.Name}:{m.Version}")];

    /// <summary>The only run's folder.</summary>
    public string Run => Assert.Single(Directory.GetDirectories(Runs));

    /// <summary>The lines of the only run's log.</summary>
    public IReadOnlyList<JsonNode> Log => [.. File.ReadLines(Path.Combine(Run, "log.jsonl")).Select(static line => JsonNode.Parse(line)!)];

    /// <summary><c>train run</c> with this registry and runs folder, one thread and, unless the test says otherwise, float32.</summary>
    public Task<Answer> TrainAsync(params string[] args) => TrainAsync(args, new StringWriter(), default);

    /// <inheritdoc cref="TrainAsync(string[])"/>
    public Task<Answer> TrainAsync(string[] args, TextWriter output, CancellationToken cancellation)
    {
        string[] mode = args.Contains("--precision") ? [] : ["--precision", "float32", "--layout", "contiguous"];
        return CallAsync(["run", .. args, .. mode, "--models", Models, "--runs", Runs, "--threads", "1"], output, cancellation);
    }

    /// <summary>Any command, with this registry where it takes one.</summary>
    public Task<Answer> CallAsync(params string[] args) =>
        CallAsync(args[0] is "networks" or "data" or "find-lr" or "resume" ? args : [.. args, "--models", Models], new StringWriter(), default);

    /// <inheritdoc cref="CallAsync(string[])"/>
    public async Task<Answer> CallAsync(string[] args, TextWriter output, CancellationToken cancellation)
    {
        var program = new Command(TrainProgram.Name, TrainProgram.Summary) { new ModelsCommand() };
        foreach (var command in TrainProgram.Commands())
        {
            program.Add(command);
        }

        var error = new StringWriter { NewLine = "\n" };
        output.NewLine = "\n";
        var host = new CommandHost { Output = output, Error = error, Time = new FixedTime(), Width = 10_000 };
        var exitCode = await CommandLine.RunAsync(program, args, host, cancellation);
        return new(exitCode, Plain(output.ToString()!), Plain(error.ToString()));
    }

    private string Plain(string text) => text.Replace(_root, "ROOT", StringComparison.Ordinal);

    private sealed class FixedTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);
    }
}
