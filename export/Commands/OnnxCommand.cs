using System.CommandLine;
using Toolchain.Export.Exporting;
using Toolchain.Graphs;
using Toolchain.Graphs.Onnx;
using Toolchain.Registry.Cli;
using Toolchain.Runtime;

namespace Toolchain.Export.Commands;

/// <summary><c>export onnx REF</c>: the trained graph as an artifact for serving.</summary>
internal sealed class OnnxCommand : ToolCommand
{
    private readonly ReferenceArgument _reference = new();
    private readonly Option<string> _input = new Option<string>("--input")
    {
        Description = "What the model takes: pixels (uint8 [N, H, W, C], the decoded image; of a table its numbers, float32 [N, 1, 1, C]) or tensor (float32 [N, C, H, W], normalised).",
        HelpName = "pixels|tensor",
        DefaultValueFactory = static _ => "pixels",
    }.AcceptOnlyFromAmong("pixels", "tensor");

    private readonly Option<int> _opset = new("--opset") { Description = $"The ONNX opset to write, {Opsets.First} to {Opsets.Last}.", HelpName = "N", DefaultValueFactory = static _ => Graph.DefaultOpset };
    private readonly Option<string?> _output = new("--output") { Description = "Also writes a copy to this file.", HelpName = "FILE" };
    private readonly Option<string?> _name = new("--name") { Description = "The artifact's file name (default: model.onnx, or one that names what differs from it).", HelpName = "FILE" };
    private readonly EvaluationOptions _evaluation = new();
    private readonly ModelsOption _models = new();

    public OnnxCommand()
        : base("onnx", "Exports a model to ONNX, proves it against the trainer's probe, and adds it to the model.", "onnx fashion", "onnx fashion:3 --data fashion-mnist", "onnx fashion --input tensor --opset 13 --output fashion.onnx")
    {
        Add(_reference);
        Add(_input);
        Add(_opset);
        Add(_output);
        Add(_name);
        _evaluation.AddTo(this);
        Add(_models);
    }

    protected override Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var export = new OnnxExport(context.Registry(_models), new()
        {
            Input = context.Get(_input) == "tensor" ? InputForm.Tensor : InputForm.Pixels,
            Opset = context.Get(_opset),
            Output = context.Get(_output),
            Name = context.Get(_name),
            Data = _evaluation.Data(context),
            Batch = _evaluation.Batch(context),
            Session = _evaluation.Session(context),
        });
        var report = export.Run(context.Get(_reference), cancellationToken);
        context.Console.Table(report.ToRows());
        context.Console.Result(report.ToJson());
        return Task.FromResult(ExitCode.Ok);
    }
}
