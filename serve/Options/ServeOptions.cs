using Toolchain.Registry;
using Toolchain.Serve.Batching;

namespace Toolchain.Serve;

/// <summary>Everything that can be set; <see cref="ServeSettings"/> reads it from the command line, the environment and files.</summary>
internal sealed record ServeOptions
{
    /// <summary>Where to listen.</summary>
    public IReadOnlyList<string> Urls { get; init; } = ["http://127.0.0.1:8080"];

    /// <summary>The registry's folder.</summary>
    public string Models { get; init; } = "models";

    /// <summary>The models to serve; when empty, the highest exported version of every model of the registry, and those that aliases mean.</summary>
    public IReadOnlyList<ModelReference> Model { get; init; } = [];

    /// <summary>Where models run.</summary>
    public DeviceSpec Device { get; init; } = DeviceSpec.Auto;

    /// <summary>Threads of one run; 0 for what measurements find, and otherwise an equal share of <see cref="ThreadBudget"/>.</summary>
    public int Threads { get; init; }

    /// <summary>Threads for what takes long, for all models together: images are decoded on them, so many at the same time, long JSON and masks are read and written, and bodies decompressed.</summary>
    public int DecodeThreads { get; init; } = Environment.ProcessorCount;

    /// <summary>Most rows of a batch; measurements may find that fewer are better.</summary>
    public int MaxBatchSize { get; init; } = 32;

    /// <summary>How long a batch may wait for more rows although the session is free.</summary>
    public TimeSpan MaxQueueDelay { get; init; } = TimeSpan.Zero;

    /// <summary>Most requests that wait for one model.</summary>
    public int MaxQueueSize { get; init; } = 256;

    /// <summary>Most bytes of request bodies in memory, for all models together.</summary>
    public long MaxQueueBytes { get; init; } = 256 << 20;

    /// <summary>How long a request may wait in the queue; <see cref="Timeout.InfiniteTimeSpan"/> for as long as it takes.</summary>
    public TimeSpan QueueTimeout { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>Most bytes of one request body.</summary>
    public long MaxBodyBytes { get; init; } = 64 << 20;

    /// <summary>Most pixels (height × width) of an image that is sent.</summary>
    public long MaxPixels { get; init; } = 50_000_000;

    /// <summary>How long requests that were accepted may take to finish when the server stops.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Batches of one model that run at the same time; 0 for what measurements find, and otherwise 1.</summary>
    public int Instances { get; init; }

    /// <summary>Threads of the runs of all models together; 0 takes one per physical core.</summary>
    public int ThreadBudget { get; init; }

    /// <summary>Whether a model is measured when it is loaded, to find what was not set: instances, threads, and the batches that gain.</summary>
    public bool Tune { get; init; } = true;

    /// <summary>Sizes that a batch has if it can, ascending.</summary>
    public IReadOnlyList<int> PreferredBatchSize { get; init; } = [];

    /// <summary>The latency that is aimed at; null for no aim.</summary>
    public TimeSpan? Slo { get; init; }

    /// <summary>How long a run may take before its model is given up; <see cref="Timeout.InfiniteTimeSpan"/> for as long as it takes.</summary>
    public TimeSpan RunTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Whether the registry is watched: other versions take the place of those that are served when an alias moves or a version is added.</summary>
    public bool Watch { get; init; } = true;

    /// <summary>How often the registry is looked at, besides when the operating system says that it changed.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Whether clients may load and unload models.</summary>
    public bool ModelControl { get; init; }

    /// <summary>How long requests are still accepted after readiness fails, when the server stops.</summary>
    public TimeSpan LeaveDelay { get; init; } = TimeSpan.Zero;

    /// <summary>Where to listen for gRPC; null for nowhere.</summary>
    public string? GrpcUrl { get; init; }

    /// <summary>What of it concerns one model's queue.</summary>
    public BatchOptions Batch => new()
    {
        MaxBatchSize = MaxBatchSize,
        PreferredBatchSizes = PreferredBatchSize,
        MaxQueueDelay = MaxQueueDelay,
        MaxQueueSize = MaxQueueSize,
        MaxQueueBytes = MaxQueueBytes,
        QueueTimeout = QueueTimeout,
        LatencyTarget = Slo,
        RunTimeout = RunTimeout,
    };
}
