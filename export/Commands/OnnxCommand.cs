using System.CommandLine;
using Toolchain.Registry.Cli;

namespace Toolchain.Export.Commands;

/// <summary><c>export onnx REF</c>: the trained graph as an artifact for serving.</summary>
internal sealed class OnnxCommand : ToolCommand
{
    private readonly ExportingOptions _options = new();
    private readonly SizeOption _batchSize = new("--batch-size", "the number of samples in a run", "N");
    private readonly SizeOption _height = new("--height", "the images' height", "H");
    private readonly SizeOption _width = new("--width", "the images' width", "W");
    private readonly Option<string[]> _outputAt = new("--output-at")
    {
        Description = "Gives what this node of the trained graph computes instead of logits and probabilities; may be given more than once.", HelpName = "NODE",
    };

    public OnnxCommand()
        : base(
            "onnx", "Exports a model to ONNX, proves it against the trainer's probe, and adds it to the model.",
            "onnx fashion", "onnx fashion:3 --data fashion-mnist", "onnx fashion --input tensor --opset 13 --output fashion.onnx", "onnx fashion --batch-size 1", "onnx fashion --output-at avgpool")
    {
        _options.AddTo(this);
        Add(_batchSize);
        Add(_height);
        Add(_width);
        Add(_outputAt);
    }

    protected override Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var options = _options.Read(context) with
        {
            Sizes = new(context.Get(_batchSize), context.Get(_height), context.Get(_width)),
            OutputsAt = (context.Get(_outputAt) ?? []).ToEquatableArray(),
        };
        return options is { Data: not null, IsBeyondProbe: true }
            ? throw new ToolchainException(ErrorKind.Usage, "--data measures the model on images of its own size by its logits; leave it out with --output-at, --height and --width.")
            : Task.FromResult(_options.Run(context, options, cancellationToken));
    }
}
