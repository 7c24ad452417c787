using System.CommandLine;
using Toolchain.Export.Exporting;
using Toolchain.Export.Inspection;
using Toolchain.Registry;
using Toolchain.Registry.Cli;

namespace Toolchain.Export.Commands;

/// <summary><c>export inspect REF|FILE</c>: what an ONNX file holds and costs.</summary>
internal sealed class InspectCommand : ToolCommand
{
    // The standard export, any other, or what was trained.
    private static readonly string[] Preferred = [ArtifactFiles.Model, ArtifactKinds.Model, ArtifactKinds.Graph];

    private readonly Argument<string> _subject = new("REF|FILE") { Description = "A model (its exported file, or its trained graph when there is none), or an ONNX file." };
    private readonly Option<string?> _artifact = new("--artifact") { Description = "Which of a model's files, by name or kind, for example graph.onnx.", HelpName = "FILE" };
    private readonly ModelsOption _models = new();

    public InspectCommand()
        : base("inspect", "Shows a model's inputs, outputs, operators, weights, metadata, layers and costs.", "inspect fashion", "inspect fashion:3 --artifact graph", "inspect model.onnx --json")
    {
        Add(_subject);
        Add(_artifact);
        Add(_models);
    }

    protected override Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var inspection = ModelInspection.Of(PathOf(context));
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

        context.Console.Result(InspectionJson.Of(inspection));
        return Task.FromResult(ExitCode.Ok);
    }

    private string PathOf(CommandContext context)
    {
        var (subject, wanted) = (context.Get(_subject), context.Get(_artifact));
        if (File.Exists(subject) || subject.EndsWith(".onnx", StringComparison.Ordinal) || subject.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            return wanted is null ? subject : throw new ToolchainException(ErrorKind.Usage, $"--artifact chooses among a model's files, and '{subject}' is a file. Leave it out.");
        }

        var version = context.Registry(_models).Resolve(ModelReference.Parse(subject));
        return version.OpenArtifact(wanted ?? Preferred.FirstOrDefault(a => version.Manifest.Find(a) is not null) ?? ArtifactKinds.Graph).Path;
    }
}
