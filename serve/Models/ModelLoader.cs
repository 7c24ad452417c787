using Toolchain.Registry;
using Toolchain.Serve.Batching;
using Toolchain.Serve.Metrics;

namespace Toolchain.Serve.Models;

/// <summary>Loads a version: bytes and hash, session, probe, warm-up. What fails is refused with its reason.</summary>
internal sealed class ModelLoader(ServeOptions options, InstanceLoader loader, TimeProvider time, ILogger<ModelLoader> logger)
{
    /// <summary>Loads a version on a thread of its own.</summary>
    /// <param name="version">The version.</param>
    /// <param name="quietly">Whether requests that are under way come first: the load then takes only the processor time that they leave.</param>
    /// <returns>A <see cref="ServedModel"/>, whose queue the caller disposes, or a <see cref="RefusedModel"/>.</returns>
    public Task<ModelEntry> LoadAsync(ModelVersion version, bool quietly)
    {
        // All of it, so that the threads which it starts are ordinary when the model is warm, and not before; where they would never be, only what starts none.
        var whole = quietly && QuietThread.CanUndo;
        return OwnThread.RunAsync(() => Run(whole, () => Load(version, quietly)));
    }

    private ModelEntry Load(ModelVersion version, bool quietly)
    {
        var started = time.GetTimestamp();
        ModelInstances? instances = null;
        Batcher? batcher = null;
        try
        {
            using (var content = Run(quietly, () => ModelContent.Open(version)))
            {
                instances = loader.Load(version.Name, version.ToString(), content.Load, quietly);
            }

            var statistics = new ModelStatistics(options.MaxBatchSize, time);
            batcher = new(version.ToString(), instances, options.Batch, time, logger) { BatchRan = (rows, infer) => statistics.BatchRan(rows, TimeSpan.Zero, infer, TimeSpan.Zero) };
            Run(quietly, () =>
            {
                ProbeCheck.Run(version, instances.Sessions[0], instances.Layout);
                batcher.WarmUp();
                return batcher;
            });
            return new ServedModel(version, instances.Layout, instances.Sessions[0].Device, batcher, statistics) { LoadDuration = time.GetElapsedTime(started) };
        }
        catch (Exception problem)
        {
            // Whatever it is, it is this version's failure: the others are served.
            GiveBack(instances, batcher);
            return new RefusedModel(version.Name, version.Version, version.Manifest, problem is ToolchainException ? problem.Message : $"Loading it failed. {problem.GetType().Name}: {problem.Message}");
        }
    }

    private static void GiveBack(ModelInstances? instances, Batcher? batcher)
    {
        if (batcher is null)
        {
            instances?.Dispose();
        }
        else
        {
            batcher.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private static T Run<T>(bool quietly, Func<T> work) => quietly ? QuietThread.Run(work) : work();
}
