using Toolchain.Export.Verification;
using Toolchain.Registry.Cli;

namespace Toolchain.Export.Commands;

/// <summary><c>export verify REF</c>: whether a version's artifacts are whole and compute what the trainer computed.</summary>
internal sealed class VerifyCommand : ToolCommand
{
    private readonly ReferenceArgument _reference = new();
    private readonly EvaluationOptions _evaluation = new();
    private readonly ModelsOption _models = new();

    public VerifyCommand()
        : base("verify", "Checks a model's files and graphs, and that they compute what the trainer computed.", "verify fashion", "verify fashion@production --data fashion-mnist")
    {
        Add(_reference);
        _evaluation.AddTo(this);
        Add(_models);
    }

    protected override Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var version = context.Registry(_models).Resolve(context.Get(_reference));
        var report = new ModelVerification(_evaluation.Session(context), _evaluation.Batch(context)).Run(version, _evaluation.Data(context), cancellationToken);
        context.Console.Table(report.ToRows());
        context.Console.Line();
        context.Console.Line(report.Summary());
        context.Console.Result(report.ToJson());
        return Task.FromResult(report.ExitCode);
    }
}
