using System.Security.Cryptography;
using Toolchain.Graphs;
using Toolchain.Graphs.Weights;
using Toolchain.Networks;
using Toolchain.Registry;
using Toolchain.Train.Execution;
using static TorchSharp.torch;

namespace Toolchain.Train.Weights;

/// <summary>A file of weights and the network that they are for.</summary>
/// <param name="File">The file's path.</param>
/// <param name="Network">The network.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="Preprocessing">How images become its input.</param>
/// <param name="Classes">The number of logits.</param>
/// <param name="Labels">The classes' names; empty where they are not known.</param>
/// <param name="ModelName">The model's name in the registry.</param>
/// <param name="Lenient">Whether to load what fits instead of all or nothing.</param>
internal sealed record WeightImportRequest(
    string File, Network Network, NetworkArguments Arguments, Preprocessing Preprocessing, int Classes, IReadOnlyList<string> Labels, string ModelName, bool Lenient);

/// <summary>What an import published.</summary>
/// <param name="Model">The version.</param>
/// <param name="Weights">The file that was read.</param>
/// <param name="Report">What of it was loaded.</param>
internal sealed record WeightImportReport(ModelVersion Model, WeightFile Weights, WeightReport Report);

/// <summary>Makes a version of a documented network with the weights of a file, so that it can be evaluated, exported and served like one that was trained here.</summary>
internal sealed class WeightImport(WeightImportRequest request, ModelRegistry registry)
{
    private const int ProbeImages = 8;
    private const long ProbeSeed = 0;

    /// <summary>Loads the weights, computes the probe and publishes.</summary>
    /// <exception cref="ToolchainException">The file cannot be read or does not fit (<see cref="ErrorKind.BadInput"/>), or the network computes no numbers with it (<see cref="ErrorKind.CheckFailed"/>).</exception>
    public WeightImportReport Execute()
    {
        var input = request.Preprocessing;
        var network = request.Network.Build(new(input.Channels, input.Height, input.Width), request.Classes, request.Arguments);
        var weights = WeightFile.Read(request.File);
        var matching = WeightMatching.Load(network, weights.Tensors, request.File, request.Lenient);
        return new(Publish(matching.Graph, ComputeProbe(matching.Graph), weights), weights, matching.Report);
    }

    // Random images: there is no data set to take real ones from, and what a probe is for, noise shows as well.
    private Probe ComputeProbe(Graph graph)
    {
        var input = request.Preprocessing;
        var random = new SeededRandom(ProbeSeed);
        var pixels = new byte[ProbeImages * input.Height * input.Width * input.Channels];
        foreach (ref var pixel in pixels.AsSpan())
        {
            pixel = (byte)random.Below(256);
        }

        var values = new float[pixels.Length];
        input.Normalise(pixels, values);
        var logits = Forward(graph, TensorData.Of<float>(values, ProbeImages, input.Channels, input.Height, input.Width));
        foreach (var logit in logits.Values<float>())
        {
            if (!float.IsFinite(logit))
            {
                throw new ToolchainException(ErrorKind.CheckFailed, $"Network '{graph.Name}' computes {logit} with the weights in '{request.File}' instead of a number; they were damaged or diverged in training. Nothing was published.");
            }
        }

        return new(TensorData.Of<byte>(pixels, ProbeImages, input.Height, input.Width, input.Channels), logits);
    }

    private static TensorData Forward(Graph graph, TensorData images)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        using var network = new GraphExecutor(graph, CPU);
        return network.Forward(images.ToTensor()).ToTensorData();
    }

    private ModelVersion Publish(Graph graph, Probe probe, WeightFile weights)
    {
        using var draft = registry.NewVersion(request.ModelName);
        draft.AddGraph(graph);
        draft.AddProbe(probe);
        return draft.Publish(new ModelManifest
        {
            Task = request.Network.Tasks[0].Text(),
            Network = new NetworkSpec { Name = request.Network.Name, Arguments = request.Arguments.Values },
            Import = new ImportSpec(Path.GetFileName(request.File), Sha256(request.File), weights.Producer),
            Preprocessing = request.Preprocessing,
            Labels = request.Labels,
        });
    }

    private static string Sha256(string path)
    {
        using var content = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(content));
    }
}
