using System.Runtime.CompilerServices;
using Toolchain.Runtime;

namespace Toolchain.Serve.Http;

/// <summary>
/// Threads for what takes long as requests go: decoding images, reading and writing long JSON, masks, and whatever comes or goes compressed. The thread pool has as many threads as there are processors,
/// which is best for short requests; they would wait behind long ones there. Safe to use from many threads at once.
/// </summary>
internal sealed class LongWork : IDisposable
{
    /// <summary>JSON of so many bytes is long, and so is what is compressed to go back; it takes at least ten times as long as changing threads does.</summary>
    public const int Bytes = 64 << 10;

    // Whose thread this is.
    [ThreadStatic]
    private static LongWork? _here;

    // Monitor.Wait needs an object of its own.
    private readonly object _gate = new();
    private readonly Queue<Action> _waiting = new();
    private readonly int _most;
    private int _threads;
    private int _idle;
    private bool _ended;

    /// <summary>Makes it; threads are started when there is work for them.</summary>
    /// <param name="options">The settings: <see cref="ServeOptions.DecodeThreads"/> is how many threads there are at most.</param>
    public LongWork(ServeOptions options) => _most = options.DecodeThreads;

    /// <summary>To be awaited: what follows runs on one of the threads, as soon as one is free, up to the next <c>await</c> that has to wait.</summary>
    public Entry Enter() => new(this);

    /// <summary>To be awaited: what follows runs on the thread pool, if this is a thread for long work. The next request of the connection would go on here otherwise.</summary>
    public static Exit Leave() => default;

    /// <summary>Ends the threads after the work at hand.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _ended = true;
            Monitor.PulseAll(_gate);
        }
    }

    private void Add(Action work)
    {
        lock (_gate)
        {
            _waiting.Enqueue(work);
            if (_waiting.Count > _idle && _threads < _most)
            {
                _threads++;
                // Without the context of the request that happens to be the first.
                new Thread(Serve) { IsBackground = true, Name = "long work" }.UnsafeStart();
            }
            else
            {
                Monitor.Pulse(_gate);
            }
        }
    }

    private void Serve()
    {
        _here = this;

        // Short requests come first.
        RuntimeThreads.Compute(NativeThread.Current);
        while (Next() is { } work)
        {
            work();
        }
    }

    private Action? Next()
    {
        lock (_gate)
        {
            while (_waiting.Count == 0)
            {
                if (_ended)
                {
                    return null;
                }

                _idle++;
                Monitor.Wait(_gate);
                _idle--;
            }

            return _waiting.Dequeue();
        }
    }

    /// <summary>The way onto the threads; on one of them there is no way to go.</summary>
    public readonly struct Entry(LongWork work) : ICriticalNotifyCompletion
    {
        /// <summary>Whether this is one of the threads.</summary>
        public bool IsCompleted => _here == work;

        /// <summary>What <c>await</c> asks for.</summary>
        public Entry GetAwaiter() => this;

        /// <inheritdoc cref="GetAwaiter"/>
        public void GetResult()
        {
        }

        /// <inheritdoc/>
        public void OnCompleted(Action continuation) => work.Add(continuation);

        /// <inheritdoc/>
        public void UnsafeOnCompleted(Action continuation) => work.Add(continuation);
    }

    /// <summary>The way back to the thread pool.</summary>
    public readonly struct Exit : ICriticalNotifyCompletion
    {
        /// <summary>Whether this is another thread than these.</summary>
        public bool IsCompleted => _here is null;

        /// <inheritdoc cref="Entry.GetAwaiter"/>
        public Exit GetAwaiter() => this;

        /// <inheritdoc cref="Entry.GetAwaiter"/>
        public void GetResult()
        {
        }

        /// <inheritdoc/>
        public void OnCompleted(Action continuation) => ThreadPool.QueueUserWorkItem(static c => c(), continuation, preferLocal: false);

        /// <inheritdoc/>
        public void UnsafeOnCompleted(Action continuation) => ThreadPool.UnsafeQueueUserWorkItem(static c => c(), continuation, preferLocal: false);
    }
}
