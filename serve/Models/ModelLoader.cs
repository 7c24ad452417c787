using Toolchain.Registry;
using Toolchain.Serve.Batching;

namespace Toolchain.Serve.Models;

/// <summary>Loads versions: hash, session, probe, warm-up. What fails is refused with its reason, and the others are served.</summary>
internal sealed class ModelLoader(ServeOptions options, InstanceLoader loader, TimeProvider time, ILogger<ModelLoader> logger)
{
    /// <summary>Loads what the options ask for.</summary>
    /// <exception cref="ToolchainException">A reference means nothing, or no model could be loaded.</exception>
    public async Task<ServedModels> LoadAsync(CancellationToken cancellationToken)
    {
        var registry = new ModelRegistry(options.Models, time);
        var listings = registry.List();
        var refused = new List<RefusedModel>();
        var entries = new List<ModelEntry>();
        foreach (var version in ModelSelection.Select(registry, listings, options.Model, refused))
        {
            cancellationToken.ThrowIfCancellationRequested();
            entries.Add(await LoadAsync(version).ConfigureAwait(false));
        }

        entries.AddRange(refused);
        foreach (var problem in entries.OfType<RefusedModel>())
        {
            logger.ModelRefused(problem.ToString(), problem.Problem);
        }

        return entries.Any(static e => e is ServedModel) ? new(entries, listings) : throw new ToolchainException(
            ErrorKind.BadInput, $"None of the models can be served:{string.Concat(entries.OfType<RefusedModel>().Select(static r => $"{Environment.NewLine}  {r}: {r.Problem}"))}");
    }

    private async Task<ModelEntry> LoadAsync(ModelVersion version)
    {
        ModelInstances? instances = null;
        Batcher? batcher = null;
        try
        {
            instances = loader.Load(version.Name, version.ToString(), version.OpenArtifact(version.Manifest.Served()?.File ?? ArtifactKinds.Model).Path);
            var (session, layout) = (instances.Sessions[0], instances.Layout);
            QuietThread.Run(() => ProbeCheck.Run(version, session, layout));
            batcher = new(version.ToString(), instances, options.Batch, time, logger);
            batcher.WarmUp();
            return new ServedModel(version, layout, session.Device, batcher);
        }
        catch (ToolchainException problem) when (problem.Kind is not ErrorKind.Unavailable)
        {
            if (batcher is null)
            {
                instances?.Dispose();
            }
            else
            {
                await batcher.DisposeAsync().ConfigureAwait(false);
            }

            return new RefusedModel(version.Name, version.Version, version.Manifest, problem.Message);
        }
    }
}
