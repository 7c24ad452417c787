using System.Collections.Concurrent;
using System.Diagnostics;
using Toolchain.Data;

namespace Toolchain.Train.Profiling;

/// <summary>
/// Takes down what the training thread does and when, and what background threads do for it. Where the device computes on its own, the clock waits for it, so that
/// a time is that of the work and not of its ordering; nothing overlaps while it is measured.
/// </summary>
/// <param name="synchronize">Waits for the device; null where it computes on the calling thread.</param>
internal sealed class ProfileRecorder(Action? synchronize = null)
{
    private const int FirstCapacity = 1 << 14;
    private static readonly NamedWork Reading = new("reading samples", "");
    private static readonly NamedWork Augmenting = new("augmenting", "");

    private readonly ConcurrentQueue<ProfileSpan> _background = new();
    private readonly List<ProfileSpan> _spans = new(FirstCapacity);

    /// <summary>The time, once the device has done what it was given.</summary>
    public long Now
    {
        get
        {
            synchronize?.Invoke();
            return Stopwatch.GetTimestamp();
        }
    }

    /// <summary>Everything so far: first that of the training thread.</summary>
    public IReadOnlyList<ProfileSpan> Spans => [.. _spans, .. _background];

    /// <summary>When the last thing that was taken down had ended; the time where there is none.</summary>
    public long LastEnd => _spans.Count > 0 ? _spans[^1].To : Now;

    /// <summary>Forgets everything so far.</summary>
    public void Clear()
    {
        _spans.Clear();
        _background.Clear();
    }

    /// <summary>Takes down work that began then and ends now.</summary>
    public void Add(ProfilePart part, long from, IProfiledWork? work = null) => _spans.Add(new(part, from, Now, work));

    /// <summary>Takes down what happened between two times.</summary>
    public void Add(ProfilePart part, long from, long to) => _spans.Add(new(part, from, to));

    /// <summary>Measures a part until the result is disposed.</summary>
    public Measurement Measure(ProfilePart part) => new(this, part, Now);

    /// <summary>Takes down that the training thread has just waited for a batch.</summary>
    public void AddWait(TimeSpan waited)
    {
        var now = Stopwatch.GetTimestamp();
        _spans.Add(new(ProfilePart.Wait, now - (long)(waited.TotalSeconds * Stopwatch.Frequency), now));
    }

    /// <summary>Takes down a batch that a background thread has made; from any thread.</summary>
    public void Add(PreparedBatch batch)
    {
        var read = batch.To - batch.Augmenting;
        _background.Enqueue(new(ProfilePart.Prepare, batch.From, batch.To, null, batch.Thread));
        _background.Enqueue(new(ProfilePart.Prepare, batch.From, read, Reading, batch.Thread));
        if (batch.Augmenting > 0)
        {
            _background.Enqueue(new(ProfilePart.Prepare, read, batch.To, Augmenting, batch.Thread));
        }
    }

    /// <summary>A part that is being measured.</summary>
    internal readonly struct Measurement(ProfileRecorder recorder, ProfilePart part, long from) : IDisposable
    {
        /// <summary>Ends the part.</summary>
        public void Dispose() => recorder.Add(part, from);
    }
}
