using System.Text.Json.Nodes;
using Toolchain.Data;
using Toolchain.Train.Execution;
using Toolchain.Train.Loop;
using static TorchSharp.torch;

namespace Toolchain.Train.Inside;

/// <summary>Draws, beside test images, what speaks in them for the network's prediction.</summary>
/// <param name="model">The model and its images.</param>
/// <param name="network">Its network.</param>
/// <param name="folder">Takes the pictures.</param>
internal sealed class Explanations(TrainedModel model, ScoredNetwork network, LookFolder folder)
{
    private const int BatchSize = 16;

    // SmoothGrad's own figures cut the highest 1 % of the pixels (arXiv 1706.03825, section 3.1).
    private const double SaliencyCut = 0.01;

    /// <summary>Saliency maps of some test images: one picture each, and all of them.</summary>
    public void Saliency(int count, Saliency saliency, CancellationToken cancellation) => Write(
        "saliency", count, (inputs, outputs) => saliency.Of(inputs, outputs), SaliencyCut, enlargeFirst: false, static (_, map, height, width) => HeatMap.Of(map, height, width), cancellation);

    /// <summary>Grad-CAM maps laid over some test images: one picture each, and all of them.</summary>
    public void GradCam(int count, GradCam gradCam, CancellationToken cancellation) => Write(
        "grad-cam", count, (inputs, outputs) => gradCam.Of(inputs, outputs), 0, enlargeFirst: true, static (image, map, _, _) => HeatMap.Over(image, map), cancellation);

    private void Write(
        string technique, int count, Func<Tensor, Tensor, Tensor> explain, double cut, bool enlargeFirst, Func<Picture, float[], int, int, Picture> draw, CancellationToken cancellation)
    {
        var shown = new List<Picture>();
        using var feeder = new BatchFeeder(model.Input, model.Device, ComputeMode.Default);
        foreach (var chosen in ClassTurns.Order(model.Test).Take(count).Chunk(BatchSize))
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var inputs = feeder.Load(model.Test.Subset(chosen).Pixels.Span, chosen.Length);
            var (outputs, scores) = Predicted(inputs);
            var maps = explain(inputs, outputs);
            if (enlargeFirst)
            {
                maps = Inside.GradCam.Enlarged(maps, model.Input.Height * model.Magnification, model.Input.Width * model.Magnification);
            }

            var (height, width) = ((int)maps.shape[1], (int)maps.shape[2]);
            var values = maps.ToTensorData().Values<float>().ToArray().Chunk(height * width).ToArray();
            var (predicted, score) = (outputs.ToTensorData().Values<long>().ToArray(), scores.ToTensorData().Values<float>().ToArray());
            for (var i = 0; i < chosen.Length; i++)
            {
                HeatMap.Stretch(values[i], cut);
                var image = model.Image(chosen[i]).Enlarged(model.Magnification);
                var map = draw(image, values[i], height, width);
                var picture = ContactSheet.Of([image, map.Enlarged(image.Height / map.Height)], columns: 2);
                shown.Add(picture);
                Write(technique, picture, chosen[i], (int)predicted[i], score[i]);
            }
        }

        folder.Add(technique, ContactSheet.Of(shown, Columns(shown.Count)), $"{technique} of {shown.Count} test images, each beside its image");
    }

    private void Write(string technique, Picture picture, int index, int predicted, float score)
    {
        var truth = model.Test.Targets is ClassTargets classes ? model.OutputNames[classes.Labels[index]] : null;
        var name = model.OutputNames[predicted];
        folder.Add(
            string.Join('-', new[] { technique, TrainedModel.Number(index), truth, name }.OfType<string>().Select((part, i) => i < 2 ? part : TrainedModel.FileName(part))),
            picture,
            $"{technique} of '{name}' in test image {index}",
            ("image", index), ("true", truth), ("explained", name), ("score", score));
    }

    // The output with the highest score, which in classification is the predicted class.
    private (Tensor Outputs, Tensor Scores) Predicted(Tensor inputs)
    {
        using var frozen = no_grad();
        var (highest, outputs) = network.Scores(inputs).max(1);
        return (outputs, highest);
    }

    private static int Columns(int count) => (int)Math.Ceiling(Math.Sqrt(count / 2.0));
}
