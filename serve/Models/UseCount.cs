namespace Toolchain.Serve.Models;

/// <summary>Counts who uses something, and lets it be given up when nobody does any more. Safe to use from many threads at once.</summary>
internal sealed class UseCount
{
    // Added once when it ends: from then on the count is negative, and this number itself when nobody is left.
    private const int Ended = int.MinValue;
    private readonly TaskCompletionSource _unused = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _uses;

    /// <summary>Begins a use; <see cref="Leave"/> must follow when the result is true, which it never is after <see cref="EndAsync"/>.</summary>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _uses) > 0)
        {
            return true;
        }

        Leave();
        return false;
    }

    /// <summary>Ends a use.</summary>
    public void Leave()
    {
        if (Interlocked.Decrement(ref _uses) == Ended)
        {
            _unused.TrySetResult();
        }
    }

    /// <summary>Lets nobody begin any more; called once.</summary>
    /// <returns>Ends when nobody uses it.</returns>
    public Task EndAsync()
    {
        if (Interlocked.Add(ref _uses, Ended) == Ended)
        {
            _unused.TrySetResult();
        }

        return _unused.Task;
    }
}
