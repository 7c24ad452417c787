namespace TorchSharp;

/// <summary>Counts of the disposables of one thread.</summary>
public interface ILifetimeStatistics
{
    long CreatedOutsideScopeCount { get; }

    long DisposedOutsideScopeCount { get; }

    long CreatedInScopeCount { get; }

    long DisposedInScopeCount { get; }

    long AttachedToScopeCount { get; }

    long DetachedFromScopeCount { get; }

    /// <summary>Created and not yet disposed.</summary>
    long ThreadTotalLiveCount { get; }

    void Reset();

    string ToString();
}

/// <summary>Counts of one kind of disposable on one thread.</summary>
public class LifetimeStatistics : ILifetimeStatistics
{
    public long CreatedOutsideScopeCount { get; internal set; }

    public long DisposedOutsideScopeCount { get; internal set; }

    public long CreatedInScopeCount { get; internal set; }

    public long DisposedInScopeCount { get; internal set; }

    public long AttachedToScopeCount { get; internal set; }

    public long DetachedFromScopeCount { get; internal set; }

    public long ThreadTotalLiveCount =>
        CreatedInScopeCount - DisposedInScopeCount + CreatedOutsideScopeCount - DisposedOutsideScopeCount;

    public void Reset()
    {
        CreatedOutsideScopeCount = 0;
        DisposedOutsideScopeCount = 0;
        CreatedInScopeCount = 0;
        DisposedInScopeCount = 0;
        AttachedToScopeCount = 0;
        DetachedFromScopeCount = 0;
    }

    public override string ToString() =>
        $"ThreadTotalLiveCount: {ThreadTotalLiveCount}; CreatedOutsideScopeCount: {CreatedOutsideScopeCount}; "
        + $"DisposedOutsideScopeCount: {DisposedOutsideScopeCount}; CreatedInScopeCount: {CreatedInScopeCount}; "
        + $"DisposedInScopeCount: {DisposedInScopeCount}; AttachedToScopeCount: {AttachedToScopeCount}; "
        + $"DetachedFromScopeCount: {DetachedFromScopeCount}";
}

/// <summary>Counts of all disposables of one thread; here tensors are the only kind.</summary>
public class ThreadDisposeScopeStatistics : ILifetimeStatistics
{
    internal LifetimeStatistics Tensors { get; } = new();

    public ILifetimeStatistics TensorStatistics => Tensors;

    public long CreatedOutsideScopeCount => Tensors.CreatedOutsideScopeCount;

    public long DisposedOutsideScopeCount => Tensors.DisposedOutsideScopeCount;

    public long CreatedInScopeCount => Tensors.CreatedInScopeCount;

    public long DisposedInScopeCount => Tensors.DisposedInScopeCount;

    public long AttachedToScopeCount => Tensors.AttachedToScopeCount;

    public long DetachedFromScopeCount => Tensors.DetachedFromScopeCount;

    public long ThreadTotalLiveCount => Tensors.ThreadTotalLiveCount;

    public void Reset() => Tensors.Reset();

    public override string ToString() => Tensors.ToString();
}
