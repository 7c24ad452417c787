using Toolchain.Runtime;

namespace Toolchain.Serve.Batching;

/// <summary>
/// One of a model's instances: a thread that takes batches from the queue and runs them, one at a time. It is a thread of its own, since a run
/// blocks it, and one that hangs must not cost the thread pool anything. While the thread waits, a request may borrow the instance for a short run.
/// </summary>
internal sealed class Instance
{
    // So many failures in a row, of different requests, are suspicious; fewer are the requests' own.
    private const int SuspiciousFailures = 8;
    private readonly Batcher _batcher;
    private readonly RowRunner _runner;
    private readonly RunBatch _batch;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _began;
    private int _permit;
    private int _failures;

    /// <summary>Makes an instance; <see cref="Start"/> starts it.</summary>
    /// <param name="batcher">Whose.</param>
    /// <param name="session">The model.</param>
    /// <param name="number">Its number, from 0.</param>
    public Instance(Batcher batcher, ModelSession session, int number) => (_batcher, _runner, _batch) = (batcher, new(session, batcher.Buffer), new(number));

    /// <summary>The batch that runs, or ran last.</summary>
    public RunBatch Batch => _batch;

    /// <summary>Ends when the thread does.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Starts the thread.</summary>
    public void Start() => new Thread(Own) { IsBackground = true, Name = $"{_batcher.Model} #{_batch.Instance}" }.Start();

    /// <summary>Whether a run goes on for longer than it may; whoever gets true must end it with <see cref="GiveUp"/>.</summary>
    public bool IsOverdue(long now, TimeSpan limit) => Volatile.Read(ref _began) is var began and > 0 && _batcher.Time.GetElapsedTime(began, now) > limit;

    /// <summary>Asks the run at hand to end, and lets other models run meanwhile.</summary>
    public void GiveUp()
    {
        _runner.Terminate();
        ReturnPermit();
    }

    /// <summary>Runs zeros before there are requests; not while the thread runs batches.</summary>
    /// <param name="rows">The number of rows, from the first of the buffer.</param>
    /// <returns>How long it took, in timestamp ticks.</returns>
    public long WarmUp(int rows)
    {
        var began = _batcher.Time.GetTimestamp();
        _runner.Run(0, rows);
        return _batcher.Time.GetTimestamp() - began;
    }

    /// <summary>Runs the batch that the queue lent, on the caller's thread.</summary>
    public void RunHere()
    {
        try
        {
            RunPermitted();
        }
        finally
        {
            _batcher.Queue.Return(_batch);
        }
    }

    /// <summary>Gives the views of rows back; after the thread has ended.</summary>
    public void Free() => _runner.Dispose();

    private void Own()
    {
        try
        {
            while (_batcher.Queue.Form(_batch))
            {
                RunPermitted();
            }
        }
        finally
        {
            _ended.SetResult();
        }
    }

    private void RunPermitted()
    {
        Volatile.Write(ref _permit, 1);
        try
        {
            Execute();
        }
        finally
        {
            ReturnPermit();
        }
    }

    private void Execute()
    {
        var failure = Run(_batch.First, _batch.Count, _batch.Pieces.Count);
        if (failure.Length == 0)
        {
            _failures = 0;
            var ended = _batcher.Time.GetTimestamp();
            _batcher.Ran(_batch, ended);
            _batcher.Queue.Finish(_batch, ended);
            return;
        }

        var isAlone = _batch.Pieces.Count == 1;
        foreach (var piece in _batch.Pieces)
        {
            // A request on which the model fails must not fail its neighbours: each is tried alone.
            var own = isAlone || _batcher.Fault is not null ? failure : Run(piece.First, piece.Count, 1);
            _failures = own.Length == 0 ? 0 : _failures + 1;
            _batcher.Queue.Finish(piece, _batcher.Time.GetTimestamp(), own);
        }

        if (_failures >= SuspiciousFailures && _batcher.Fault is null)
        {
            Examine();
        }
    }

    // Requests on which any model would fail prove nothing; the row of zeros ran when the model was loaded.
    private void Examine()
    {
        _failures = 0;
        if (Run(_batcher.ProbeRow, 1, 0) is { Length: > 0 } failure)
        {
            _batcher.BreakDown($"Its runs fail, that of a row of zeros too, which passed when it was loaded: {failure}");
        }
    }

    private string Run(int first, int count, int requests)
    {
        Volatile.Write(ref _began, _batcher.Time.GetTimestamp());
        try
        {
            _runner.Run(first, count);
            _batcher.Logger.BatchRan(_batcher.Model, count, requests);
            return "";
        }
        catch (Exception failure)
        {
            // Whatever it is, it is this batch's failure: the instance goes on.
            _batcher.Logger.RunFailed(_batcher.Model, count, failure.Message);
            return failure.Message;
        }
        finally
        {
            Volatile.Write(ref _began, 0);
        }
    }

    // A run that was given up has returned its permit already.
    private void ReturnPermit()
    {
        if (Interlocked.Exchange(ref _permit, 0) == 1)
        {
            _batcher.Permits.Exit();
        }
    }
}
