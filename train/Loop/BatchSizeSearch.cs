using System.Globalization;
using Toolchain.Graphs;
using Toolchain.Registry.Cli;
using Toolchain.Train.Execution;
using Toolchain.Train.Recipes;
using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Loop;

/// <summary>
/// Finds the largest power of two of samples that a training step can take in memory, by taking steps: on a CPU until the measured peak says that twice as
/// many would not fit into four fifths of what is free, on a GPU until memory runs out.
/// </summary>
internal static class BatchSizeSearch
{
    private const int Smallest = 8;
    private const int Largest = 4096;
    private const double ShareOfFree = 0.8;

    /// <summary>The batch size.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="target">The device.</param>
    /// <param name="mode">How steps compute.</param>
    /// <param name="recipe">Gives the segments of checkpointing and the batches of a step.</param>
    /// <param name="samples">Training samples: a step never takes more.</param>
    /// <param name="console">Is told what was found.</param>
    /// <exception cref="ToolchainException">Not even the smallest batch fits, or memory cannot be measured here (<see cref="ErrorKind.Unavailable"/>).</exception>
    public static int Find(Graph graph, Device target, ComputeMode mode, TrainingRecipe recipe, int samples, CommandConsole console)
    {
        var limit = Math.Min(Largest, samples / recipe.Accumulate);
        if (limit < Smallest)
        {
            return Math.Max(1, limit);
        }

        var (found, reason) = target.type == DeviceType.CUDA ? UntilMemoryRunsOut(graph, target, mode, recipe, limit) : WhileMemoryLasts(graph, target, mode, recipe, limit);
        if (found == 0)
        {
            throw new ToolchainException(ErrorKind.Unavailable, $"Network '{graph.Name}' has no room for batches of {Smallest} samples on {target}: {reason}. Take --checkpoint-segments, a smaller network, or a smaller --batch with --accumulate.");
        }

        console.Line(string.Create(CultureInfo.InvariantCulture, $"batch {found}: {reason}; --batch overrides"));
        return found;
    }

    /// <summary>The largest batch whose step stays within four fifths of what is free, going by the memory that smaller ones take.</summary>
    /// <param name="bytesOf">Takes a step with a batch and says how many bytes it needed at its peak.</param>
    /// <param name="free">Bytes that are free.</param>
    /// <param name="limit">No batch is larger.</param>
    /// <returns>The batch, 0 where not even the smallest fits, and why it is not larger.</returns>
    internal static (int Batch, string Reason) WhileMemoryLasts(Func<int, long> bytesOf, long free, int limit)
    {
        var budget = (long)(free * ShareOfFree);
        for (var batch = Smallest; ; batch *= 2)
        {
            var used = Math.Max(1, bytesOf(batch));
            var measured = string.Create(CultureInfo.InvariantCulture, $"a step with {batch} takes {used >> 20} MiB of {free >> 20} MiB that are free");
            if (used > budget)
            {
                return (batch / 2 >= Smallest ? batch / 2 : 0, measured);
            }

            if (batch * 2 > limit)
            {
                return (batch, $"{measured}; more than {limit} are never taken");
            }

            if (used * 2 > budget)
            {
                return (batch, measured);
            }
        }
    }

    private static (int Batch, string Reason) WhileMemoryLasts(Graph graph, Device target, ComputeMode mode, TrainingRecipe recipe, int limit)
    {
        var start = ProcessMemory.Resident();
        return WhileMemoryLasts(
            batch =>
            {
                ProcessMemory.ResetPeak();
                Step(graph, target, mode, recipe, batch);
                return ProcessMemory.Peak() - start;
            },
            ProcessMemory.Available(),
            limit);
    }

    private static (int Batch, string Reason) UntilMemoryRunsOut(Graph graph, Device target, ComputeMode mode, TrainingRecipe recipe, int limit)
    {
        for (var batch = Smallest; batch <= limit; batch *= 2)
        {
            try
            {
                Step(graph, target, mode, recipe, batch);
            }
            catch (Exception full) when (full.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase))
            {
                return (batch / 2 >= Smallest ? batch / 2 : 0, $"a step with {batch} runs out of the GPU's memory");
            }
        }

        var largest = Smallest;
        while (largest * 2 <= limit)
        {
            largest *= 2;
        }

        return (largest, $"more than {limit} are never taken");
    }

    private static void Step(Graph graph, Device target, ComputeMode mode, TrainingRecipe recipe, int batch)
    {
        using var scope = NewDisposeScope();
        using var network = new GraphExecutor(graph, target, mode) { Training = true, CheckpointSegments = recipe.CheckpointSegments };
        using var optimizer = recipe.CreateOptimizer(recipe.CreateGroups(network.Weights.Parameters));
        var size = graph.Inputs[0].Type.Shape!.Skip(1).Select(static d => d.Value);
        var output = network.ForwardForBackward(mode.Arrange(randn([batch, .. size], device: target)));
        network.Backward(output.mul(output).mean());
        optimizer.Step(new(0));
    }
}
