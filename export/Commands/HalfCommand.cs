using System.CommandLine;
using Toolchain.Export.Exporting;
using Toolchain.Registry.Cli;

namespace Toolchain.Export.Commands;

/// <summary><c>export half REF</c>: the model with float16 weights, or computing in float16.</summary>
internal sealed class HalfCommand : ToolCommand
{
    private readonly ExportingOptions _options = new();
    private readonly Option<bool> _storage = new("--storage") { Description = "Stores weights as float16 and computes in float32: half the file, for CPUs (the default)." };
    private readonly Option<bool> _compute = new("--compute") { Description = "Computes in float16, for GPUs; what needs float32 stays in it." };

    public HalfCommand()
        : base("half", "Exports a model in half precision, proves it against the trainer's probe, and adds it to the model.", "half fashion", "half fashion --data fashion-mnist", "half fashion:3 --compute")
    {
        _options.AddTo(this);
        Add(_storage);
        Add(_compute);
    }

    protected override Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        if (context.Get(_storage) && context.Get(_compute))
        {
            throw new ToolchainException(ErrorKind.Usage, "--storage and --compute are two forms of a model. Ask for one of them at a time.");
        }

        var form = context.Get(_compute) ? HalfForm.Compute : HalfForm.Storage;
        return Task.FromResult(_options.Run(context, _options.Read(context) with { Half = form }, cancellationToken));
    }
}
