using System.CommandLine;
using Toolchain.Export.Exporting;
using Toolchain.Export.Inspection;
using Toolchain.Registry;
using Toolchain.Registry.Cli;

namespace Toolchain.Export.Commands;

/// <summary><c>export inspect REF|FILE</c>: what an ONNX file holds and costs, or what changes from one to another.</summary>
internal sealed class InspectCommand : ToolCommand
{
    // The standard export, any other, or what was trained.
    private static readonly string[] Preferred = [ArtifactFiles.Model, ArtifactKinds.Model, ArtifactKinds.Graph];

    private readonly Argument<string> _subject = new("REF|FILE") { Description = "A model (its exported file, or its trained graph when there is none), or an ONNX file." };
    private readonly Option<string?> _artifact = new("--artifact") { Description = "Which of a model's files, by name or kind, for example graph.onnx.", HelpName = "FILE" };
    private readonly Option<string?> _diff = new("--diff") { Description = "Show instead what changes from the first to this model or file.", HelpName = "REF|FILE" };
    private readonly SvgOption _svg = new();
    private readonly ModelsOption _models = new();

    public InspectCommand()
        : base("inspect", "Shows a model's inputs, outputs, operators, weights, metadata, layers and costs.", "inspect fashion", "inspect fashion:3 --artifact graph", "inspect model.onnx --json", "inspect fashion --diff fashion:2", "inspect model.onnx --svg model.svg")
    {
        Add(_subject);
        Add(_artifact);
        Add(_diff);
        Add(_svg);
        Add(_models);
    }

    protected override Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var inspection = ModelInspection.Of(PathOf(context, context.Get(_subject)));
        if (context.Get(_diff) is { } other)
        {
            return Task.FromResult(Compare(context, inspection, ModelInspection.Of(PathOf(context, other))));
        }

        context.Console.Table(InspectionText.Facts(inspection));
        context.Console.Line();
        context.Console.Table(InspectionText.Operators(inspection));
        context.Console.Line();
        if (inspection.Layers is { } layers)
        {
            context.Console.Table(InspectionText.Layers(layers));
        }
        else
        {
            context.Console.Line($"There is no layer table: {inspection.LayersProblem}");
        }

        Draw(context, inspection);

        context.Console.Result(InspectionJson.Of(inspection));
        return Task.FromResult(ExitCode.Ok);
    }

    private ExitCode Compare(CommandContext context, ModelInspection first, ModelInspection second)
    {
        if (context.Get(_svg) is not null)
        {
            throw new ToolchainException(ErrorKind.Usage, "--svg draws one model, and --diff compares two. Leave one of them out.");
        }

        var difference = ModelDifference.Of(first, second);
        context.Console.Table(DifferenceText.Summary(difference));
        context.Console.Line();
        if (difference.Changes.IsEmpty)
        {
            context.Console.Line("Both hold the same.");
        }
        else
        {
            context.Console.Table(DifferenceText.Rows(difference));
        }

        context.Console.Result(DifferenceText.Json(difference));
        return ExitCode.Ok;
    }

    private void Draw(CommandContext context, ModelInspection inspection)
    {
        if (context.Get(_svg) is null)
        {
            return;
        }

        _svg.Write(context, inspection.Model.Graph, inspection.Layers ?? throw new ToolchainException(
            ErrorKind.BadInput, $"'{inspection.Path}' cannot be drawn: its sizes are not known. {inspection.LayersProblem}"));
    }

    private string PathOf(CommandContext context, string subject)
    {
        var wanted = context.Get(_artifact);
        if (File.Exists(subject) || subject.EndsWith(".onnx", StringComparison.Ordinal) || subject.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            return wanted is null ? subject : throw new ToolchainException(ErrorKind.Usage, $"--artifact chooses among a model's files, and '{subject}' is a file. Leave it out.");
        }

        var version = context.Registry(_models).Resolve(ModelReference.Parse(subject));
        return version.OpenArtifact(wanted ?? Preferred.FirstOrDefault(a => version.Manifest.Find(a) is not null) ?? ArtifactKinds.Graph).Path;
    }
}
