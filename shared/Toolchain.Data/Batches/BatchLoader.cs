using System.Collections.Concurrent;
using System.Diagnostics;

namespace Toolchain.Data;

/// <summary>
/// Makes an epoch's batches on background threads, ahead of the step that uses them. What a batch holds depends only on the data, the seed,
/// the epoch and each sample's index, never on the number of threads.
/// </summary>
public sealed class BatchLoader
{
    private readonly int[] _indices;
    private readonly BatchLoaderOptions _options;
    private readonly AugmentationPlan? _augmentation;
    private readonly SampleWriter _writer;
    private readonly ConcurrentBag<BatchBuffers> _free = [];

    /// <summary>Serves the chosen samples of a data set.</summary>
    /// <param name="dataset">Where the samples are.</param>
    /// <param name="indices">Which of them, in data order.</param>
    /// <param name="options">How batches are made; those of an evaluation when null.</param>
    /// <exception cref="ToolchainException">The augmentation or the mixing does not fit the data set (<see cref="ErrorKind.Usage"/>).</exception>
    public BatchLoader(Dataset dataset, ReadOnlySpan<int> indices, BatchLoaderOptions? options = null)
    {
        _options = options ?? new();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(_options.BatchSize, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(_options.Workers, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(_options.Prefetch, nameof(options));
        _options.Require(dataset);
        if (indices.IndexOfAnyExceptInRange(0, dataset.Count - 1) is >= 0 and var stray)
            throw new ArgumentOutOfRangeException(nameof(indices), indices[stray], $"Data set {dataset.Name} has samples 0 to {dataset.Count - 1}.");

        (Dataset, _indices) = (dataset, indices.ToArray());
        _augmentation = _options.Augmentation is { } augmentation ? new(augmentation, dataset, indices, _options.Seed) : null;
        _writer = new(dataset, _augmentation);
    }

    /// <summary>Where the samples are.</summary>
    public Dataset Dataset { get; }

    /// <summary>Samples in an epoch, before <see cref="BatchLoaderOptions.DropLast"/>.</summary>
    public int Images => _indices.Length;

    /// <summary>Batches in an epoch.</summary>
    public int BatchesPerEpoch => (_indices.Length + (_options.DropLast ? 0 : _options.BatchSize - 1)) / _options.BatchSize;

    /// <summary>How long the consumer has stood waiting for batches, over all epochs: near zero when the data keeps up with the training.</summary>
    public TimeSpan WaitTime { get; private set; }

    /// <summary>The part of <see cref="WaitTime"/> that the last batch took; zero when it was ready.</summary>
    public TimeSpan LastWait { get; private set; }

    /// <summary>Told of every batch that has been made, on the background thread that made it; null, the default, for nobody.</summary>
    public Action<PreparedBatch>? Prepared
    {
        get;
        set
        {
            field = value;
            _augmentation?.IsTimed = value is not null;
        }
    }

    /// <summary>Told how long the consumer has waited for each batch that it takes, just before it has it; null, the default, for nobody.</summary>
    public Action<TimeSpan>? Waited { get; set; }

    /// <summary>
    /// The batches of one epoch, in order; the consumer disposes each. Leaving the loop early stops the background threads.
    /// One epoch of a loader may run at a time.
    /// </summary>
    /// <param name="epoch">Chooses the order and the changes, together with the seed.</param>
    /// <param name="cancellation">Ends the loop with an <see cref="OperationCanceledException"/>.</param>
    public IEnumerable<Batch> Epoch(int epoch, CancellationToken cancellation = default) => Epoch(epoch, 0, cancellation);

    /// <summary>The batches of one epoch from a certain one on: the same as without those before it.</summary>
    /// <param name="epoch">Chooses the order and the changes, together with the seed.</param>
    /// <param name="first">The first batch, from 0.</param>
    /// <param name="cancellation">Ends the loop with an <see cref="OperationCanceledException"/>.</param>
    public IEnumerable<Batch> Epoch(int epoch, int first, CancellationToken cancellation = default)
    {
        var order = Order(epoch);
        using var prefetch = new OrderedPrefetch<Batch>(BatchesPerEpoch - first, _options.Workers, _options.Prefetch, number => Prepare(order, epoch, first + number), cancellation);
        while (prefetch.Next() is { } batch)
        {
            LastWait = prefetch.LastWait;
            WaitTime += LastWait;
            Waited?.Invoke(LastWait);
            yield return batch;
        }
    }

    internal void Return(BatchBuffers buffers) => _free.Add(buffers);

    private int[] Order(int epoch)
    {
        if (!_options.Shuffle)
            return _indices;
        var order = _indices.AsSpan().ToArray();
        new SeededRandom(_options.Seed, RandomStream.Shuffle, epoch).Shuffle(order.AsSpan());
        return order;
    }

    private Batch Prepare(int[] order, int epoch, int number)
    {
        var prepared = Prepared;
        var (from, augmenting) = prepared is null ? default : (Stopwatch.GetTimestamp(), AugmentationPlan.Spent);
        var samples = order.AsSpan(number * _options.BatchSize);
        samples = samples[..Math.Min(_options.BatchSize, samples.Length)];
        var buffers = _free.TryTake(out var free) ? free : new(Dataset, _options.BatchSize);
        for (var place = 0; place < samples.Length; place++)
            _writer.Write(buffers, place, samples[place], epoch);
        prepared?.Invoke(new(Thread.CurrentThread.Name ?? "", from, Stopwatch.GetTimestamp(), AugmentationPlan.Spent - augmenting));
        return new(this, buffers, samples.Length, BatchMix.Draw(_options, Dataset, samples.Length, epoch, number));
    }
}
