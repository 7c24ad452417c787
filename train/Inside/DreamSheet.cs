using Toolchain.Registry.Cli;

namespace Toolchain.Train.Inside;

/// <summary>Draws dreams.</summary>
/// <param name="model">The model.</param>
/// <param name="folder">Takes the pictures.</param>
internal sealed class DreamSheet(TrainedModel model, LookFolder folder)
{
    /// <summary>Writes one picture per dream, and all of them; as a table of targets, numbers before and after, and what the network takes each dream for.</summary>
    public IReadOnlyCollection<IReadOnlyList<string>> Write(IReadOnlyList<Dream> dreams)
    {
        var table = new List<IReadOnlyList<string>> { (string[])["dream of", "before", "after", "predicted", "probability"] };
        foreach (var (i, dream) in dreams.Index())
        {
            var (predicted, probability) = Prediction(dream);
            table.Add([dream.Target.Name, Display.Number(dream.Before), Display.Number(dream.After), predicted ?? "-", Display.Percent(probability)]);
            folder.Add(
                $"dream-{i:d2}-{TrainedModel.FileName(dream.Target.Name)}",
                dream.Image.Enlarged(model.Magnification),
                $"an input that raises '{dream.Target.Name}'",
                ("target", dream.Target.Name), ("before", dream.Before), ("after", dream.After), ("predicted", predicted), ("probability", probability));
        }

        folder.Add(
            "dreams",
            ContactSheet.Of([.. dreams.Select(d => d.Image.Enlarged(model.Magnification))]),
            $"inputs that raise {string.Join(", ", dreams.Select(static d => d.Target.Name))}");
        return table;
    }

    // Regression predicts no class, and segmentation one per pixel.
    private (string? Class, double? Probability) Prediction(Dream dream)
    {
        if (model.Test.Task != ModelTask.Classification)
        {
            return (null, null);
        }

        var scores = dream.Scores.ToArray();
        var highest = scores.Max();
        return (model.OutputNames[Array.IndexOf(scores, highest)], 1 / scores.Sum(s => Math.Exp(s - highest)));
    }
}
