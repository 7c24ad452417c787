using System.Globalization;
using Toolchain.Train.Evaluation;

namespace Toolchain.Train.Inside;

/// <summary>Draws the test images that a classifier is most wrong about.</summary>
/// <param name="model">The model and its images.</param>
/// <param name="folder">Takes the pictures.</param>
internal sealed class MistakeSheet(TrainedModel model, LookFolder folder)
{
    /// <summary>Writes the wrongly classified test images with the highest losses: one picture each, named <c>rank-index-true-predicted</c>, and all of them.</summary>
    /// <returns>How many there are; fewer than asked for where the model makes fewer mistakes.</returns>
    public int Write(int count, CancellationToken cancellation)
    {
        using var classifier = new Classifier(model.Name, model.Graph, model.Input, model.Device);
        var options = new EvaluationOptions { WorstMistakes = count };
        var found = Evaluator.Evaluate([classifier], model.Test, Enumerable.Range(0, model.Test.Count).ToArray(), options, cancellation).Mistakes;
        foreach (var (i, mistake) in found.Index())
        {
            var (truth, predicted) = (model.OutputNames[mistake.TrueClass], model.OutputNames[mistake.PredictedClass]);
            var rank = (i + 1).ToString("d2", CultureInfo.InvariantCulture);
            folder.Add(
                $"mistake-{rank}-{TrainedModel.Number(mistake.Index)}-{TrainedModel.FileName(truth)}-{TrainedModel.FileName(predicted)}",
                model.Image(mistake.Index).Enlarged(model.Magnification),
                $"test image {mistake.Index}, a '{truth}' taken for a '{predicted}'",
                ("rank", i + 1), ("image", mistake.Index), ("true", truth), ("predicted", predicted), ("probability", mistake.Probability), ("loss", double.IsFinite(mistake.Loss) ? mistake.Loss : null));
        }

        if (found.Count > 0)
        {
            folder.Add("mistakes", ContactSheet.Of([.. found.Select(m => model.Image(m.Index).Enlarged((model.Magnification / 2) + 1))]), $"the {found.Count} worst mistakes, the highest loss first");
        }

        return found.Count;
    }
}
