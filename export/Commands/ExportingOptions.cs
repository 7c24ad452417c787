using System.CommandLine;
using Toolchain.Export.Exporting;
using Toolchain.Graphs;
using Toolchain.Graphs.Onnx;
using Toolchain.Registry.Cli;
using Toolchain.Runtime;

namespace Toolchain.Export.Commands;

/// <summary>The options of commands that export a model: in which form, to where, and how it is proven.</summary>
internal sealed class ExportingOptions
{
    private readonly ReferenceArgument _reference = new();
    private readonly Option<string> _input = new Option<string>("--input")
    {
        Description = "What the model takes: pixels (uint8 [N, H, W, C], the decoded image; of a table its numbers, float32 [N, 1, 1, C]) or tensor (float32 [N, C, H, W], normalised).",
        HelpName = "pixels|tensor",
        DefaultValueFactory = static _ => "pixels",
    }.AcceptOnlyFromAmong("pixels", "tensor");

    private readonly Option<int> _opset = new("--opset") { Description = $"The ONNX opset to write, {Opsets.First} to {Opsets.Last}.", HelpName = "N", DefaultValueFactory = static _ => Graph.DefaultOpset };
    private readonly Option<bool> _externalData = new("--external-data") { Description = "Stores the weights in a file of their own beside the model, as one of more than 2 GiB always does." };
    private readonly Option<string?> _output = new("--output") { Description = "Also writes a copy to this file.", HelpName = "FILE" };
    private readonly Option<string?> _name = new("--name") { Description = "The artifact's file name (default: model.onnx, or one that names what differs from it).", HelpName = "FILE" };
    private readonly EvaluationOptions _evaluation = new();
    private readonly ModelsOption _models = new();

    public void AddTo(Command command)
    {
        command.Add(_reference);
        command.Add(_input);
        command.Add(_opset);
        command.Add(_externalData);
        command.Add(_output);
        command.Add(_name);
        _evaluation.AddTo(command);
        command.Add(_models);
    }

    /// <summary>What they say.</summary>
    public OnnxExportOptions Read(CommandContext context) => new()
    {
        Input = context.Get(_input) == "tensor" ? InputForm.Tensor : InputForm.Pixels,
        Opset = context.Get(_opset),
        ExternalData = context.Get(_externalData),
        Output = context.Get(_output),
        Name = context.Get(_name),
        Data = _evaluation.Data(context),
        Batch = _evaluation.Batch(context),
        Session = _evaluation.Session(context),
    };

    /// <summary>Exports the model and reports it.</summary>
    public ExitCode Run(CommandContext context, OnnxExportOptions options, CancellationToken cancellation)
    {
        var report = new OnnxExport(context.Registry(_models), options).Run(context.Get(_reference), cancellation);
        context.Console.Table(report.ToRows());
        context.Console.Result(report.ToJson());
        return ExitCode.Ok;
    }
}
