using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging.Abstractions;
using Toolchain.Graphs;
using Toolchain.Graphs.Onnx;
using Toolchain.Runtime;
using Toolchain.Serve.Batching;

namespace Toolchain.Serve.Tests.Support;

/// <summary>The queue and the instances of a model, without a server. Its runs can be held back, so that a test decides what is ready when a batch is formed.</summary>
internal sealed class TestBatcher : IAsyncDisposable
{
    private readonly int _permits;
    private bool _isHeld;

    private TestBatcher(Batcher batcher, RunPermits permits, int count) => (Batcher, Permits, _permits) = (batcher, permits, count);

    public Batcher Batcher { get; }

    public RunPermits Permits { get; }

    public static TestBatcher Of(Graph graph, int maxBatchSize = 4, int instances = 1, BatchOptions? options = null, TimeProvider? time = null, RowLayout? layout = null)
    {
        var session = ModelSession.Load(Onnx(graph), graph.Name, new() { Device = DeviceSpec.Cpu, Threads = 1 });
        var permits = new RunPermits(instances);
        var loaded = new ModelInstances([.. Enumerable.Repeat(session, instances)], layout ?? RowLayout.Of(session), new(instances, 1, maxBatchSize, false, ""), permits);
        return new(new(graph.Name, loaded, options ?? Options(maxBatchSize), time ?? TimeProvider.System, NullLogger.Instance), permits, instances);
    }

    /// <summary>Limits that no test meets by accident.</summary>
    public static BatchOptions Options(int maxBatchSize = 4) => new() { MaxBatchSize = maxBatchSize, MaxQueueSize = 100_000 };

    /// <summary>Lets no run begin until <see cref="Resume"/>.</summary>
    public void Hold()
    {
        for (var i = 0; i < _permits; i++)
        {
            Permits.Enter();
        }

        _isHeld = true;
    }

    public void Resume()
    {
        _isHeld = false;
        for (var i = 0; i < _permits; i++)
        {
            Permits.Exit();
        }
    }

    /// <summary>Sends rows of one float32 each: the tag, the tag plus 1, and so on. When it returns, they are ready or stand in line.</summary>
    public async Task<Sent> SendAsync(float tag, int rows = 1, int priority = 0, TimeSpan? timeout = null, CancellationToken cancellation = default)
    {
        using var lease = Batcher.TryEnter(new(rows, timeout, priority, cancellation));
        if (lease is null)
        {
            return new(tag, null, [], null, 0);
        }

        await lease.TakeRowsAsync();
        Fill(lease.Input(0), tag);
        var outcome = await lease.RunAsync();
        return new(tag, outcome, outcome == RunOutcome.Completed ? Values(lease) : [], outcome == RunOutcome.Completed ? lease.Batch : null, lease.Started) { Failure = lease.Failure };
    }

    public async ValueTask DisposeAsync()
    {
        if (_isHeld)
        {
            Resume();
        }

        await Batcher.DisposeAsync();
    }

    /// <summary>What rows with a tag must come back as from a model that gives back what it gets.</summary>
    public static float[] Expected(float tag, int rows) => [.. Enumerable.Range(0, rows).Select(row => tag + row)];

    /// <summary>A graph as a file's content.</summary>
    public static byte[] Onnx(Graph graph)
    {
        var path = Path.GetTempFileName();
        try
        {
            OnnxFile.Write(graph, path);
            return File.ReadAllBytes(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void Fill(Span<byte> bytes, float tag)
    {
        var values = MemoryMarshal.Cast<byte, float>(bytes);
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = tag + i;
        }
    }

    private static float[] Values(RowLease lease) => MemoryMarshal.Cast<byte, float>(lease.Output(0)).ToArray();
}

/// <summary>What became of a request.</summary>
/// <param name="Tag">What it sent.</param>
/// <param name="Outcome">How it ended; null when there was no place for it.</param>
/// <param name="Values">Its outputs.</param>
/// <param name="Batch">Its batch.</param>
/// <param name="Started">When its run began; a timestamp.</param>
internal sealed record Sent(float Tag, RunOutcome? Outcome, float[] Values, BatchReport? Batch, long Started)
{
    /// <summary>Why it failed.</summary>
    public string Failure { get; init; } = "";
}
