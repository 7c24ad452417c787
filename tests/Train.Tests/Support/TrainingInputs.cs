using Toolchain.Data;
using Toolchain.Train.Execution;
using Toolchain.Train.Loop;
using static TorchSharp.torch;

namespace Toolchain.Train.Tests.Support;

/// <summary>All training images of a data set as a run saw them, and their classes.</summary>
/// <param name="Images"><c>float32 [N, C, H, W]</c>, normalised; the current dispose scope owns it.</param>
/// <param name="Labels">A class each.</param>
internal sealed record TrainingInputs(Tensor Images, int[] Labels)
{
    /// <summary>Those of a run without a validation split.</summary>
    public static TrainingInputs Of(TinyRun run, string data)
    {
        var train = DatasetCatalog.Open(data).Train;
        using var feeder = new BatchFeeder(run.Version.Manifest.Preprocessing, CPU, ComputeMode.Default);
        return new(feeder.Load(train.Pixels.Span, train.Count), train.Labels.ToArray());
    }

    /// <summary>log softmax of the published network's logits: a row per image.</summary>
    public static (double[][] LogProbabilities, int[] Labels) LogProbabilities(TinyRun run, string data)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        using var network = new GraphExecutor(run.Graph, CPU);
        var inputs = Of(run, data);
        var flat = network.Forward(inputs.Images).ToTensorData().Values<float>().ToArray();
        var classes = flat.Length / inputs.Labels.Length;
        return ([.. flat.Chunk(classes).Select(static row =>
        {
            var normaliser = Math.Log(row.Sum(static v => Math.Exp(v)));
            return row.Select(v => v - normaliser).ToArray();
        })], inputs.Labels);
    }
}
