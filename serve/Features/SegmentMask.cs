using System.Buffers;
using System.Runtime.InteropServices;
using Toolchain.Data;
using Toolchain.Serve.Batching;

namespace Toolchain.Serve.Features;

/// <summary>The class of each pixel, read from a row that has been given back, in pooled memory. The caller disposes it.</summary>
internal sealed class SegmentMask : IDisposable
{
    // More do not fit into the grey values of a PNG.
    private const int MaxGreys = 256;
    private readonly SegmentOutput _output;
    private ushort[] _classes;

    private SegmentMask(Inference inference, SegmentOutput output, bool explain)
    {
        var lease = inference.Lease;
        (_output, BatchSize, Queue, Decode, Infer, Batch) = (output, lease.BatchSize, inference.Queue, inference.Filling, inference.Infer, explain ? lease.Batch : null);
        _classes = ArrayPool<ushort>.Shared.Rent(output.Height * output.Width);
        Choose(MemoryMarshal.Cast<byte, float>(lease.Output(output.Output)), output.Classes);
    }

    /// <summary>The class of each pixel, row by row.</summary>
    public ReadOnlySpan<ushort> Classes => _classes.AsSpan(0, _output.Height * _output.Width);

    /// <summary>Rows that ran together.</summary>
    public int BatchSize { get; }

    /// <summary>How long the request waited.</summary>
    public TimeSpan Queue { get; }

    /// <summary>How long decoding took.</summary>
    public TimeSpan Decode { get; }

    /// <summary>How long the run of its batch took.</summary>
    public TimeSpan Infer { get; }

    /// <summary>Why the batch was what it was; null unless it is wanted.</summary>
    public BatchReport? Batch { get; }

    /// <summary>Whether a PNG has a grey value for each class.</summary>
    public static bool FitsPng(SegmentOutput output) => output.Classes <= MaxGreys;

    /// <summary>Reads the outputs of a run, and completes it.</summary>
    public static SegmentMask Of(Inference inference, SegmentOutput output, bool explain)
    {
        var started = inference.Model.Batcher.Time.GetTimestamp();
        try
        {
            return new(inference, output, explain);
        }
        finally
        {
            inference.Complete(started);
        }
    }

    /// <summary>The mask as a grey PNG whose values are the classes' indices.</summary>
    public byte[] Png()
    {
        var greys = ArrayPool<byte>.Shared.Rent(Classes.Length);
        try
        {
            for (var i = 0; i < Classes.Length; i++)
            {
                greys[i] = (byte)Classes[i];
            }

            return ImageEncoder.Png(greys.AsSpan(0, Classes.Length), _output.Height, _output.Width, 1);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(greys);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_classes.Length > 0)
        {
            ArrayPool<ushort>.Shared.Return(_classes);
            _classes = [];
        }
    }

    // Of equal classes the first; a value that is no number is never larger.
    private void Choose(ReadOnlySpan<float> planes, int classes)
    {
        var pixels = planes.Length / classes;
        var best = ArrayPool<float>.Shared.Rent(pixels);
        planes[..pixels].CopyTo(best);
        _classes.AsSpan(0, pixels).Clear();
        for (var c = 1; c < classes; c++)
        {
            var plane = planes.Slice(c * pixels, pixels);
            for (var i = 0; i < plane.Length; i++)
            {
                if (plane[i] > best[i] || (float.IsNaN(best[i]) && !float.IsNaN(plane[i])))
                {
                    (best[i], _classes[i]) = (plane[i], (ushort)c);
                }
            }
        }

        ArrayPool<float>.Shared.Return(best);
    }
}
