using Toolchain.Registry;
using Toolchain.Runtime;
using Toolchain.Serve.Batching;
using Toolchain.Serve.Metrics;

namespace Toolchain.Serve.Models;

/// <summary>Loads a version: bytes and hash, session, probe, warm-up. What fails is refused with its reason.</summary>
internal sealed class ModelLoader(ServeOptions options, TimeProvider time, ILogger<ModelLoader> logger)
{
    /// <summary>Loads a version on a thread of its own.</summary>
    /// <param name="version">The version.</param>
    /// <param name="quietly">Whether requests that are under way come first: the load then takes only the processor time that they leave.</param>
    /// <returns>A <see cref="ServedModel"/>, whose queue the caller disposes, or a <see cref="RefusedModel"/>.</returns>
    public Task<ModelEntry> LoadAsync(ModelVersion version, bool quietly) =>
        Task.Factory.StartNew(() => Load(version, quietly), CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);

    private ModelEntry Load(ModelVersion version, bool quietly)
    {
        var started = time.GetTimestamp();
        ModelSession? session = null;
        Batcher? batcher = null;
        try
        {
            session = Session(version, quietly);
            var layout = Run(quietly, () => Checked(version, session));
            var statistics = new ModelStatistics(options.MaxBatchSize, time);
            batcher = new(version.ToString(), session, layout, options.Batch, time, logger);
            Run(quietly, () =>
            {
                batcher.WarmUp();
                return batcher;
            });
            return new ServedModel(version, layout, session.Device, batcher, statistics) { LoadDuration = time.GetElapsedTime(started) };
        }
        catch (Exception problem)
        {
            // Whatever it is, it is this version's failure: the others are served.
            GiveBack(session, batcher);
            return new RefusedModel(version.Name, version.Version, version.Manifest, problem is ToolchainException ? problem.Message : $"Loading it failed. {problem.GetType().Name}: {problem.Message}");
        }
    }

    private ModelSession Session(ModelVersion version, bool quietly)
    {
        var spec = new SessionSpec { Device = options.Device, Threads = options.Threads };
        using var content = Run(quietly, () => ModelContent.Open(version));

        // A session starts the threads that it computes with, and they must not stay quiet.
        return Run(quietly && (spec.Threads == 1 || QuietThread.CanUndo), () => content.Load(spec));
    }

    private static RowLayout Checked(ModelVersion version, ModelSession session)
    {
        var layout = RowLayout.Of(session);
        ProbeCheck.Run(version, session, layout);
        return layout;
    }

    private static void GiveBack(ModelSession? session, Batcher? batcher)
    {
        if (batcher is null)
        {
            session?.Dispose();
        }
        else
        {
            batcher.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private static T Run<T>(bool quietly, Func<T> work) => quietly ? QuietThread.Run(work) : work();
}
