using Toolchain.Data;
using Toolchain.Graphs;
using Toolchain.Registry;

namespace Toolchain.Train.Evaluation;

/// <summary>Whether models and a data set belong together.</summary>
internal static class EvaluationFit
{
    /// <summary>The names of the outputs, once every model is for the data's task, takes its samples, has its outputs, and has the same labels as the other models.</summary>
    /// <exception cref="ToolchainException">Something does not fit (<see cref="ErrorKind.BadInput"/>).</exception>
    public static IReadOnlyList<string> Require(IReadOnlyList<ModelVersion> models, IReadOnlyList<Graph> graphs, DatasetSplits data)
    {
        foreach (var (model, graph) in models.Zip(graphs))
        {
            RequireTask(model, data);
            RequireSize(model, data);
            RequireOutputs(model, graph, data);
            RequireLabels(models[0], model);
        }

        return data.Test.OutputNames;
    }

    private static void RequireTask(ModelVersion model, DatasetSplits data)
    {
        var found = data.Test.Task.Text();
        if (model.Manifest.Task != found)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"Model {model} is for {model.Manifest.Task}, but {data.Reference} is for {found}. Use the data set that it was trained for.");
        }
    }

    private static void RequireSize(ModelVersion model, DatasetSplits data)
    {
        var (expected, found) = (model.Manifest.Preprocessing, data.Test);
        if ((expected.Channels, expected.Height, expected.Width) != (found.Channels, found.Height, found.Width))
        {
            throw new ToolchainException(
                ErrorKind.BadInput,
                $"Model {model} takes {expected.Channels}x{expected.Height}x{expected.Width} images, but {data.Reference} has {found.Channels}x{found.Height}x{found.Width}. Use the data set that it was trained for.");
        }
    }

    private static void RequireOutputs(ModelVersion model, Graph graph, DatasetSplits data)
    {
        // Outputs are dimension 1. An imported model may have classes without knowing their names, and a single logit tells two classes apart.
        var outputs = graph.Outputs[0].Type.Shape is [_, { IsKnown: true } second, ..] ? second.Value : model.Manifest.Labels.Count;
        var (expected, noun) = (data.Test.OutputNames.Length, data.Test.Task == ModelTask.Regression ? "values" : "classes");
        var found = outputs == 1 && data.Test.Task != ModelTask.Regression ? 2 : outputs;
        if (found != expected)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"Model {model} has {found} {noun}, but {data.Reference} has {expected}. Use the data set that it was trained for.");
        }
    }

    private static void RequireLabels(ModelVersion first, ModelVersion model)
    {
        var (expected, found) = (first.Manifest.Labels, model.Manifest.Labels);
        if (expected.Count > 0 && found.Count > 0 && !expected.SequenceEqual(found.Take(expected.Count)))
        {
            var index = Enumerable.Range(0, expected.Count).First(i => i >= found.Count || expected[i] != found[i]);
            throw new ToolchainException(
                ErrorKind.BadInput,
                $"Models {first} and {model} have different labels: class {index} is '{expected[index]}' in one and '{found.ElementAtOrDefault(index)}' in the other. The members of an ensemble need the same labels in the same order.");
        }
    }
}
