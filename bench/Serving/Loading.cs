namespace Toolchain.Bench.Serving;

/// <summary>
/// A small model under steady load while a large one is loaded beside it: under names that the server does not know yet, for which it measures how they
/// are best run, and again and again under one that it knows.
/// </summary>
internal static class Loading
{
    private const int Clients = 16;
    private const double PerSecond = 300;
    private const int Rounds = 9;
    private static readonly TimeSpan MostForLoad = TimeSpan.FromMinutes(1);

    /// <summary>Measures.</summary>
    public static void Run(BenchOptions bench)
    {
        var models = Directory.CreateTempSubdirectory("bench-loading-").FullName;
        try
        {
            List<string> names = [.. Enumerable.Range(0, Rounds).Select(static i => $"{BenchOptions.Large}-{i}")];
            bench.CopyModel(BenchOptions.Trivial, models, BenchOptions.Trivial);
            names.ForEach(name => bench.CopyModel(BenchOptions.Large, models, name));
            var copies = bench with { Models = models };
            using (var server = copies.StartShared([BenchOptions.Trivial], "--model-control", "explicit"))
            {
                Measure(server, "shared threads", names, bench.Duration);
            }

            using (var server = copies.Start([BenchOptions.Trivial], "--model-control", "explicit"))
            {
                Measure(server, "own threads", names, bench.Duration);
            }
        }
        finally
        {
            Directory.Delete(models, recursive: true);
        }
    }

    // In turns.
    private static void Measure(ServerProcess server, string threads, List<string> names, TimeSpan duration)
    {
        var request = Requests.Raw(BenchOptions.Trivial, Picture.Pixels(28, 28, 1));
        LoadReport Load(TimeSpan duration, CancellationToken end = default) => LoadGenerator.Open(server.Url, request, Clients, PerSecond, duration, end);
        Load(duration / 2);
        var (steady, first, again, loads) = (new List<LoadReport>(), new List<LoadReport>(), new List<LoadReport>(), 0);
        foreach (var name in names)
        {
            steady.Add(Load(duration));
            using (var loaded = new CancellationTokenSource())
            {
                var change = Task.Run(() => Change(server.Url, name, loaded));
                first.Add(Load(MostForLoad, loaded.Token));
                change.GetAwaiter().GetResult();
            }

            using (var end = new CancellationTokenSource(duration))
            {
                var changes = Task.Run(() =>
                {
                    for (; !end.IsCancellationRequested; loads++)
                    {
                        Change(server.Url, name, end: null);
                    }
                });
                again.Add(Load(MostForLoad, end.Token));
                changes.GetAwaiter().GetResult();
            }
        }

        Print($"new names ({names.Count})", first);
        Print($"known names ({loads} times)", again);

        void Print(string what, List<LoadReport> loading) => Figures.Print(
            $"trivial, {threads}: p99 while {what} are loaded over before", Percentile(loading, 0.99) / Percentile(steady, 0.99), "≤ 1.5",
            $"{Figures.Short(Percentile(loading, 0.99))} ms / {Figures.Short(Percentile(steady, 0.99))} ms; p50 {Figures.Short(Percentile(loading, 0.5))} ms / {Figures.Short(Percentile(steady, 0.5))} ms");
    }

    // That of the middle round: for whole seconds others on the same host may take the processors.
    private static double Percentile(List<LoadReport> reports, double part) => reports.Select(r => r.Percentile(part)).Median();

    // Loads a model, says when it is there, and unloads it.
    private static void Change(Uri server, string model, CancellationTokenSource? end)
    {
        using var connection = new HttpConnection(server);
        foreach (var change in (string[])["load", "unload"])
        {
            var status = connection.Send(HttpConnection.Post($"/v2/repository/models/{model}/{change}", "application/json", "{}"u8));
            end?.Cancel();
            if (status != 200)
            {
                throw new InvalidOperationException($"The server answered {change} with status {status}: {System.Text.Encoding.UTF8.GetString(connection.Body)}");
            }
        }
    }
}
