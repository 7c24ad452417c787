using System.Collections.Concurrent;
using Toolchain.Runtime;
using Toolchain.Serve.Models;

namespace Toolchain.Serve.Batching;

/// <summary>
/// Loads models as often as they run at the same time, under one budget of threads for all of them. How often, with how many threads and in which
/// batches is measured when the first version of a model is loaded, unless that is switched off or was asked for; later versions of the same shape
/// run as it did, so that a swap measures nothing under load. A new model is measured beside requests on the processors that quiet work has. Safe to use from many threads at once.
/// </summary>
internal sealed class InstanceLoader
{
    /// <summary>How long the measurements of a model take at most, about.</summary>
    public static readonly TimeSpan CalibrationLimit = TimeSpan.FromSeconds(1.5);
    private readonly ServeOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly RunPermits _permits;
    private readonly int _budget;
    private readonly int _pool;
    private readonly ConcurrentDictionary<string, LoadedPlan> _plans = new(StringComparer.Ordinal);

    /// <summary>A loader for one server.</summary>
    public InstanceLoader(ServeOptions options, TimeProvider time, ILogger<InstanceLoader> logger)
    {
        (_options, _time, _logger) = (options, time, logger);
        _budget = options.ThreadBudget > 0 ? options.ThreadBudget : RuntimeThreads.Cores;
        _pool = RuntimeThreads.TrySharePool(_budget) ? _budget : 0;
        _permits = new(Math.Max(Math.Max(1, options.Instances), options.Threads > 0 ? _budget / options.Threads : _budget));
    }

    /// <summary>Loads a model.</summary>
    /// <param name="name">Its name; versions of a name run alike.</param>
    /// <param name="model">What messages call it: <c>name:3</c>.</param>
    /// <param name="open">Loads its file, as often as is asked.</param>
    /// <param name="quietly">Whether requests that are under way come first.</param>
    /// <returns>The model, which the caller disposes.</returns>
    /// <exception cref="ToolchainException">ONNX Runtime refuses the file, the model cannot run in batches or fails, or the device is not there.</exception>
    public ModelInstances Load(string name, string model, Func<SessionSpec, ModelSession> open, bool quietly)
    {
        // Threads of the shared pool start here, with the usual priority.
        var device = RuntimeDevices.Resolve(_options.Device);
        using var sessions = new SetupSessions(open, device, _options.Threads > 0 ? 0 : _pool);
        var known = _plans.GetValueOrDefault(name);
        var candidates = Candidates(known?.Plan, device, _budget);
        var isQuiet = quietly && (QuietThread.CanUndo || !candidates.Any(sessions.StartsThreads));
        return isQuiet ? QuietThread.Run(LoadHere) : LoadHere();

        ModelInstances LoadHere()
        {
            // Beside requests, setups of the processors that these leave stand for those of all.
            var measured = isQuiet ? Candidates(known?.Plan, device, Math.Clamp(QuietThread.ProcessorCount, 1, _budget)) : candidates;
            var layout = RowLayout.Of(sessions.For(measured[0])[0]);
            var plan = known?.Layout == layout ? known.Plan : Plan(device, sessions, layout, measured, candidates);
            _plans[name] = new(layout, plan);
            _logger.InstancesChosen(model, plan.ToString(), plan.Reason);
            return new(sessions.Take(new(plan.Instances, plan.Threads)), layout, plan, _permits);
        }
    }

    // A later version runs in the same setup, whatever its shape: only its batches are measured again.
    private IReadOnlyList<ThreadSetup> Candidates(BatchPlan? known, DeviceSpec device, int budget) =>
        known is not null ? [new(known.Instances, known.Threads)]
        : _options.Tune && device.Kind != DeviceKind.Cuda ? ThreadSetup.Candidates(budget, _options.Instances, _options.Threads)
        : [ThreadSetup.Default(_budget, _options.Instances, _options.Threads)];

    // What is measured with fewer processors than there will be is chosen for all of them: all in one batch, or a batch for each.
    private BatchPlan Plan(DeviceSpec device, SetupSessions sessions, RowLayout layout, IReadOnlyList<ThreadSetup> measured, IReadOnlyList<ThreadSetup> candidates)
    {
        var (first, most) = (candidates[0], _options.MaxBatchSize);
        if (!_options.Tune)
        {
            return new(first.Instances, first.Threads, most, Tuned: false, "As it was set.");
        }

        if (device.Kind == DeviceKind.Cuda)
        {
            return new(first.Instances, first.Threads, most, Tuned: false, "Not measured: GPUs gain from batches.");
        }

        var calibration = new Calibration(sessions, layout, CalibrationLimit, _time);
        var found = calibration.Choose(measured, most);
        var setup = found.IsInstant ? candidates.MaxBy(static c => c.Instances) : measured.Zip(candidates).First(pair => pair.First == found.Setup).Second;
        var reason = found.IsInstant || setup == found.Setup ? found.Reason : $"{found.Reason} {found.Setup} threads stood for {setup}, since requests came first.";
        var preferred = _options.PreferredBatchSize.Count > 0 ? _options.PreferredBatchSize[^1] : 1;
        return found.MaxBatchSize >= preferred
            ? new(setup.Instances, setup.Threads, found.MaxBatchSize, Tuned: true, reason)
            : new(setup.Instances, setup.Threads, preferred, Tuned: true, $"{reason} Batches are as large as the largest preferred size.");
    }

    private sealed record LoadedPlan(RowLayout Layout, BatchPlan Plan);
}
