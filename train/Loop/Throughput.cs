using System.Diagnostics;
using Toolchain.Train.Loop.Checkpoints;

namespace Toolchain.Train.Loop;

/// <summary>Images per second of training steps alone, once the first ones are over; before that, of all of them.</summary>
internal sealed class Throughput(int warmUpSteps)
{
    private long _since;
    private long _images;
    private long _steps;
    private TimeSpan _elapsed;

    /// <summary>Images per second.</summary>
    public double ImagesPerSecond => _elapsed > TimeSpan.Zero ? _images / _elapsed.TotalSeconds : 0;

    /// <summary>What has been counted, for checkpoints.</summary>
    public ThroughputState State
    {
        get => new(_steps, _images, _elapsed.TotalSeconds);
        set => (_steps, _images, _elapsed) = (value.Steps, value.Images, TimeSpan.FromSeconds(value.Seconds));
    }

    /// <summary>Marks the beginning of an epoch: what came before is no training step.</summary>
    public void Begin() => _since = Stopwatch.GetTimestamp();

    /// <summary>Counts a step that has just ended.</summary>
    /// <returns>Seconds since the previous step's end, or the epoch's beginning.</returns>
    public double Add(int images)
    {
        var now = Stopwatch.GetTimestamp();
        var step = Stopwatch.GetElapsedTime(_since, now);
        if (_steps++ == warmUpSteps)
        {
            (_elapsed, _images) = (TimeSpan.Zero, 0);
        }

        (_elapsed, _since, _images) = (_elapsed + step, now, _images + images);
        return step.TotalSeconds;
    }
}
