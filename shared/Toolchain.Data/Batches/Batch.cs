namespace Toolchain.Data;

/// <summary>
/// Some samples with their targets, in buffers that go back to the loader when the batch is disposed. The buffers are pinned, so native code
/// may read them in place until then; they are always as long as a full batch. What the data set does not have cannot be asked for.
/// </summary>
public sealed class Batch : IDisposable
{
    private readonly BatchLoader _loader;
    private BatchBuffers? _buffers;

    internal Batch(BatchLoader loader, BatchBuffers buffers, int count, BatchMix? mix) => (_loader, _buffers, Count, Mix) = (loader, buffers, count, mix);

    /// <summary>Where the samples come from.</summary>
    public Dataset Dataset => _loader.Dataset;

    /// <summary>What is to be predicted: with <see cref="ModelTask.Regression"/> the batch has <see cref="Values"/>, otherwise <see cref="Labels"/>.</summary>
    public ModelTask Task => Dataset.Task;

    /// <summary>Number of samples; below the batch size only for the last batch of an epoch.</summary>
    public int Count { get; }

    /// <summary>How the samples are to be mixed with each other; null when they are not.</summary>
    public BatchMix? Mix { get; }

    /// <summary><c>uint8 [Count, H, W, C]</c> from offset 0, of images.</summary>
    public byte[] PixelBuffer => Buffers.Pixels ?? throw Lacks("pixels");

    /// <summary><c>uint8 [Count, H, W, C]</c>, of images.</summary>
    public Span<byte> Pixels => PixelBuffer.AsSpan(0, Count * Dataset.Inputs.SampleLength);

    /// <summary><c>float32 [Count, 1, 1, C]</c> from offset 0, of a table.</summary>
    public float[] NumberBuffer => Buffers.Numbers ?? throw Lacks("numbers");

    /// <summary><c>float32 [Count, 1, 1, C]</c>, of a table.</summary>
    public Span<float> Numbers => NumberBuffer.AsSpan(0, Count * Dataset.Inputs.SampleLength);

    /// <summary>Class numbers from offset 0: <c>int64 [Count]</c> in classification, <c>int64 [Count, H, W]</c> in segmentation.</summary>
    public long[] LabelBuffer => Buffers.Labels ?? throw Lacks("labels");

    /// <summary>
    /// Class numbers: <c>int64 [Count]</c> in classification, <c>int64 [Count, H, W]</c> in segmentation, there with
    /// <see cref="MaskTargets.Ignored"/> for pixels of no class.
    /// </summary>
    public Span<long> Labels => LabelBuffer.AsSpan(0, Count * (Dataset.Targets is MaskTargets masks ? masks.MaskLength : 1));

    /// <summary><c>float32 [Count, V]</c> from offset 0, in regression.</summary>
    public float[] ValueBuffer => Buffers.Values ?? throw Lacks("values");

    /// <summary><c>float32 [Count, V]</c>, in regression.</summary>
    public Span<float> Values => ValueBuffer.AsSpan(0, Count * Dataset.OutputNames.Length);

    private BatchBuffers Buffers => _buffers ?? throw new ObjectDisposedException(nameof(Batch));

    /// <summary>Gives the buffers back; their contents must not be used afterwards.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _buffers, null) is { } buffers)
            _loader.Return(buffers);
    }

    private InvalidOperationException Lacks(string what) =>
        new($"Data set {Dataset.Name} has no {what}: it holds {(Dataset.Inputs is TableInputs ? "a table" : "images")} for {ModelTasks.Text(Task)}.");
}
