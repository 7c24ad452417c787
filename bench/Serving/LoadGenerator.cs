using System.Collections.Concurrent;
using System.Diagnostics;

namespace Toolchain.Bench.Serving;

/// <summary>Sends one request again and again, from threads with a connection each.</summary>
internal static class LoadGenerator
{
    private const int Ok = 200;
    private const int Busy = 503;
    private const int StackBytes = 256 << 10;

    /// <summary>How long a server runs before it is measured: its first seconds are those of code that is not optimised yet, and of the compiler that works on it.</summary>
    public static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(15);

    /// <summary>Closed loop: each client sends its next request when it has the answer to the last one.</summary>
    public static LoadReport Closed(Uri server, byte[] request, int clients, TimeSpan duration) => Run(server, request, clients, (connection, started, report) =>
    {
        while (Stopwatch.GetElapsedTime(started) < duration)
        {
            var sent = Stopwatch.GetTimestamp();
            report.Add(connection.Send(request), sent);
        }
    });

    /// <summary>
    /// Open loop: requests are due at random times of their own (a Poisson process), whether or not the server keeps up, and a request's time counts from
    /// when it was due (or from when it was sent, if that was sooner), so that waiting for a free client counts too. It ends after the duration, or at <paramref name="end"/>.
    /// </summary>
    public static LoadReport Open(Uri server, byte[] request, int clients, double perSecond, TimeSpan duration, CancellationToken end = default)
    {
        var due = Arrivals(perSecond, duration.TotalSeconds);
        var next = -1;
        return Run(server, request, clients, (connection, started, report) =>
        {
            while (Interlocked.Increment(ref next) is var index && index < due.Length && !end.IsCancellationRequested)
            {
                var early = due[index] - Stopwatch.GetElapsedTime(started).TotalMilliseconds;
                if (early > 0)
                {
                    Thread.Sleep(TimeSpan.FromMilliseconds(early));
                }

                // Sleeping counts in whole milliseconds, so a request may leave a little before it is due.
                var since = Math.Min(Stopwatch.GetTimestamp(), started + (long)(due[index] * Stopwatch.Frequency / 1000));
                report.Add(connection.Send(request), since);
            }
        });
    }

    // When requests are due, in ms from the start.
    private static double[] Arrivals(double perSecond, double seconds)
    {
        var random = new SeededRandom(1);
        var due = new List<double>();
        for (var time = 0.0; time < seconds * 1000; time -= Math.Log(1 - random.NextDouble()) * 1000 / perSecond)
        {
            due.Add(time);
        }

        return [.. due];
    }

    private static LoadReport Run(Uri server, byte[] request, int clients, Action<HttpConnection, long, Client> work)
    {
        var connections = Enumerable.Range(0, clients).Select(_ => new HttpConnection(server)).ToList();

        // The first request of a connection waits until the server has accepted that.
        connections.ForEach(connection => connection.Send(request));
        var failures = new ConcurrentQueue<Exception>();
        var started = Stopwatch.GetTimestamp();
        var all = connections.Select(connection =>
        {
            var client = new Client();
            var thread = new Thread(
                () =>
                {
                    try
                    {
                        work(connection, started, client);
                    }
                    catch (Exception failure)
                    {
                        failures.Enqueue(failure);
                    }
                },
                StackBytes);
            thread.Start();
            return (client, thread);
        }).ToList();
        all.ForEach(static c => c.thread.Join());
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        connections.ForEach(static c => c.Dispose());
        return failures.IsEmpty
            ? new([.. all.SelectMany(static c => c.client.Accepted).Order()], all.Sum(static c => c.client.Refused), seconds)
            : throw new AggregateException(failures);
    }

    /// <summary>What one client saw.</summary>
    private sealed class Client
    {
        public List<double> Accepted { get; } = [];

        public int Refused { get; private set; }

        public void Add(int status, long since)
        {
            switch (status)
            {
                case Ok:
                    Accepted.Add(Stopwatch.GetElapsedTime(since).TotalMilliseconds);
                    break;
                case Busy:
                    Refused++;
                    break;
                default:
                    throw new InvalidOperationException($"The server answered with status {status}.");
            }
        }
    }
}
