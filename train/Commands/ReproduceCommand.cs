using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Toolchain.Registry;
using Toolchain.Registry.Cli;
using Toolchain.Train.Loop;

namespace Toolchain.Train.Commands;

/// <summary><c>train reproduce REF</c>: trains a model again from its manifest alone and checks that the weights are identical, byte for byte.</summary>
internal sealed class ReproduceCommand : ToolCommand
{
    private readonly ReferenceArgument _reference = new();
    private readonly Option<string?> _data = new("--data") { Description = "Where the data set is now, if it has moved; its content must be the same.", HelpName = "DATA" };
    private readonly Option<string?> _source = new("--source") { Description = "The file that the training began with, for a model of an imported network.", HelpName = "FILE.onnx" };
    private readonly ModelsOption _models = new();

    public ReproduceCommand()
        : base(
            "reproduce",
            "Train a model again from its manifest alone and check that the weights are identical, byte for byte; nothing is published.",
            "reproduce cnnnet:3",
            "reproduce cnnnet@production --data folder:/mnt/copy/images --json")
    {
        Add(_reference);
        Add(_data);
        Add(_source);
        Add(_models);
    }

    /// <inheritdoc/>
    protected override Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var registry = context.Registry(_models);
        var model = registry.Resolve(context.Get(_reference));
        var reproduction = new Reproduction(model, registry) { Data = context.Get(_data), File = context.Get(_source) };
        foreach (var difference in reproduction.Circumstances())
        {
            context.Console.Warn($"since {model} was trained, {difference}");
        }

        var report = reproduction.Run(context.Console, context.Time, cancellationToken);
        context.Console.Line(InWords(model, report));
        context.Console.Result(new JsonObject
        {
            ["model"] = model.ToString(),
            ["identical"] = report.IsIdentical,
            ["tensors"] = report.Tensors,
            ["tensor"] = report.First?.Name,
            ["difference"] = report.First?.What,
            ["max_abs_difference"] = report.First?.Largest is { } largest && double.IsFinite(largest) ? largest : null,
            ["circumstances"] = new JsonArray([.. report.Circumstances.Select(static c => (JsonNode)c)]),
            ["seconds"] = Math.Round(Stopwatch.GetElapsedTime(started).TotalSeconds, 3),
        });
        return Task.FromResult(report.IsIdentical ? ExitCode.Ok : ExitCode.Mismatch);
    }

    private static string InWords(ModelVersion model, ReproductionReport report) => (report.First, report.Circumstances) switch
    {
        (null, _) => FormattableString.Invariant($"{model} is reproduced: all {report.Tensors} tensors are identical, byte for byte"),
        ({ } first, [var likeliest, ..]) => $"{model} is not reproduced: {likeliest}. '{first.Name}' is the first tensor that differs: it {first.What}",
        ({ } first, _) => $"{model} is not reproduced, though engine, threads, processor, data and toolchain are the same: '{first.Name}' is the first tensor that differs: it {first.What}",
    };
}
