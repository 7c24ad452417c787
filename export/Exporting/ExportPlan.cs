using Toolchain.Export.Rewrites;
using Toolchain.Graphs;
using Toolchain.Registry;
using Toolchain.Runtime;

namespace Toolchain.Export.Exporting;

/// <summary>Which rewrites make the wanted export of a version's trained graph.</summary>
internal sealed class ExportPlan(ModelManifest manifest, OnnxExportOptions options)
{
    /// <summary>How samples become the trained graph's input; of images with the size that the export takes, as far as it is fixed.</summary>
    public Preprocessing Preprocessing => manifest.Preprocessing with
    {
        Height = options.Sizes.Height is { IsKnown: true } height ? checked((int)height.Value) : manifest.Preprocessing.Height,
        Width = options.Sizes.Width is { IsKnown: true } width ? checked((int)width.Value) : manifest.Preprocessing.Width,
    };

    /// <summary>What the model takes and gives: done first, to the trained graph as it is.</summary>
    public RewritePipeline Interface => new(
    [
        .. options.OutputsAt.IsEmpty ? (Rewrite[])[] : [new TakeOutputs(options.OutputsAt)],
        .. options.Sizes == new InputSizes() ? (Rewrite[])[] : [new SetInputSizes(options.Sizes)],
    ]);

    /// <summary>What makes a model for inference of that.</summary>
    public RewritePipeline Inference => RewritePipeline.Inference
        .Then([.. options.Half == HalfForm.Compute ? (Rewrite[])[new HalveCompute()] : []])
        .Then(Input())
        .Then(Outputs())
        .Then([.. options.Half == HalfForm.Storage ? (Rewrite[])[new HalveStorage()] : []]);

    private Rewrite[] Input() => options.Input switch
    {
        InputForm.Pixels => [new FreeName(ModelTensors.Input(Preprocessing.Samples)), new AddPreprocessing(Preprocessing)],
        InputForm.Tensor => [],
        var form => throw new InvalidOperationException($"Unknown input form {form}."),
    };

    private Rewrite[] Outputs() => !options.OutputsAt.IsEmpty ? []
        : manifest.Task == ModelTask.Regression.Text() ? [new FreeName(ModelTensors.Values), new NameOutput(ModelTensors.Values)]
        : [new FreeName(ModelTensors.Logits), new NameOutput(ModelTensors.Logits), new FreeName(ModelTensors.Probabilities), new AddSoftmax()];
}
