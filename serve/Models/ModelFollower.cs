using System.Collections.Immutable;
using System.Globalization;
using Toolchain.Registry;
using Toolchain.Serve.Metrics;

namespace Toolchain.Serve.Models;

/// <summary>
/// Brings what is served to what the references mean now, one version after the other: the next one is loaded, checked and warmed beside the one it replaces, then the
/// set of models is replaced at once, and what is no longer in it leaves. Belongs to one task at a time, except where it says otherwise.
/// </summary>
internal sealed class ModelFollower(ServeOptions options, ModelLoader loader, ServerState state, LoadStatistics loads, TimeProvider time, ILogger logger)
{
    private volatile ModelVersion? _loading;
    private volatile ImmutableList<ModelState> _absent = [];

    /// <summary>What is followed.</summary>
    public FollowedModels Followed { get; } = new(options.Model);

    /// <summary>The registry.</summary>
    public ModelRegistry Registry { get; } = new(options.Models, time);

    /// <summary>Its list, as it was last read.</summary>
    public IReadOnlyList<ModelListing> Listings { get; private set; } = [];

    /// <summary>The versions that leave. Anybody may ask.</summary>
    public LeavingModels Leaving { get; } = new(loads, logger);

    /// <summary>The version that is being loaded; null when there is none. Anybody may ask.</summary>
    public ModelVersion? Loading => _loading;

    /// <summary>The models of the registry of which nothing is loaded. Anybody may ask.</summary>
    public IReadOnlyList<ModelState> Absent => _absent;

    /// <summary>Reads the registry again.</summary>
    public void Read() => Listings = [.. Registry.List().Select(listing => listing.Problem is { } problem ? listing with { Problem = Discreet(problem) } : listing)];

    /// <summary>The version that a reference means now.</summary>
    /// <exception cref="ToolchainException">There is none (<see cref="ErrorKind.NotFound"/>), or its manifest is damaged (<see cref="ErrorKind.BadInput"/>).</exception>
    public ModelVersion Resolve(ModelReference reference)
    {
        try
        {
            return Registry.Resolve(reference);
        }
        catch (ToolchainException problem)
        {
            throw new ToolchainException(problem.Kind, Discreet(problem.Message), problem);
        }
    }

    /// <summary>Serves what the references mean in the list that was read last.</summary>
    /// <param name="name">Only those of this model; all when null.</param>
    /// <param name="cancellationToken">Ends it between two loads.</param>
    /// <exception cref="OperationCanceledException">It was cancelled between two loads; what was loaded is served.</exception>
    public async Task FollowAsync(string? name, CancellationToken cancellationToken)
    {
        var references = Followed.References(Listings);
        foreach (var reference in references)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if ((name is null || name == reference.Name) && ModelSelection.Choose(Listings, reference) is { } chosen && !Followed.IsServing(reference, chosen))
            {
                await ReplaceAsync(reference, chosen).ConfigureAwait(false);
            }
        }

        foreach (var listing in ModelSelection.Unreadable(Listings, references).ToList())
        {
            Refuse(new(listing.Name, listing.Version, null, listing.Problem ?? "Its manifest cannot be read."), "");
        }

        Followed.Prune(references, Listings);
        Publish();
    }

    /// <summary>Remembers that a version could not be loaded, and says so once.</summary>
    /// <param name="model">The version.</param>
    /// <param name="stamp">What its folder looked like; it is tried again when that changes.</param>
    public void Refuse(RefusedModel model, string stamp)
    {
        model = model with { Problem = Discreet(model.Problem) };
        if (Followed.Refuse(model, stamp))
        {
            loads.Refused(model.Name);
            logger.ModelRefused(model.ToString(), model.Problem);
        }
    }

    private string Discreet(string message) => RegistryWords.Discreet(message, Registry.Root);

    private async Task ReplaceAsync(ModelReference reference, ModelListing chosen)
    {
        if (Followed.Loaded(chosen) is { } loaded)
        {
            Answer(reference, loaded);
            return;
        }

        var stamp = RegistryStamp.OfVersion(Path.Combine(options.Models, chosen.Name, chosen.Version.ToString(CultureInfo.InvariantCulture)));
        if (Followed.WasRefused(chosen, stamp))
        {
            return;
        }

        switch (await LoadAsync(chosen).ConfigureAwait(false))
        {
            case ServedModel served:
                loads.Loaded(served.Name);
                logger.ModelLoaded(served.ToString(), Math.Round(served.LoadDuration.TotalMilliseconds, 1));
                Answer(reference, served);
                if (state.Phase != ServerPhase.Starting)
                {
                    await FreedMemory.GiveBackAsync().ConfigureAwait(false);
                }

                break;
            case RefusedModel refused:
                Refuse(refused, stamp);
                break;
            case var other:
                throw new InvalidOperationException($"{other} is neither served nor refused.");
        }
    }

    private async Task<ModelEntry> LoadAsync(ModelListing chosen)
    {
        try
        {
            var version = Resolve(ModelReference.To(chosen.Name, chosen.Version));
            _loading = version;
            return await loader.LoadAsync(version, quietly: state.Phase != ServerPhase.Starting).ConfigureAwait(false);
        }
        catch (ToolchainException problem)
        {
            return new RefusedModel(chosen.Name, chosen.Version, chosen.Manifest, problem.Message);
        }
        finally
        {
            _loading = null;
        }
    }

    private void Answer(ModelReference reference, ServedModel model)
    {
        if (Followed.Answer(reference, model) is { } former)
        {
            logger.ModelSwapped(reference.ToString(), model.ToString(), former.ToString());
        }

        Publish();
    }

    private void Publish()
    {
        var (before, now) = (state.Models, ModelSnapshot.Of(Followed, Listings));
        foreach (var model in now.Loaded)
        {
            if (now.ProblemOf(model) is { } note && note != before.ProblemOf(model))
            {
                logger.ModelNoted(model.ToString(), note);
            }
        }

        state.Publish(now);
        _absent = [.. Missing([.. now.All.Select(static e => e.Name)])];
        foreach (var model in before.Loaded.Except<ServedModel>(now.Loaded, ReferenceEqualityComparer.Instance))
        {
            Leaving.Add(model);
        }
    }

    private IEnumerable<ModelState> Missing(HashSet<string> present) =>
        from model in Listings.GroupBy(static l => l.Name)
        where !present.Contains(model.Key)
        let highest = model.LastOrDefault(ModelSelection.IsExported) ?? model.Last()
        select new ModelState(model.Key, highest.Version.ToString(CultureInfo.InvariantCulture), ModelStatus.Unavailable, Followed.IsUnloaded(model.Key) ? "unloaded" : "not loaded");
}
