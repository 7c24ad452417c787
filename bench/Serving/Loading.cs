namespace Toolchain.Bench.Serving;

/// <summary>A small model under steady load while a large one is loaded and unloaded beside it, again and again.</summary>
internal static class Loading
{
    private const int Clients = 16;
    private const double PerSecond = 300;

    /// <summary>Measures.</summary>
    public static void Run(BenchOptions bench)
    {
        using var server = bench.Start([BenchOptions.Trivial], "--model-control", "explicit");
        var request = Requests.Raw(BenchOptions.Trivial, Picture.Pixels(28, 28, 1));
        LoadGenerator.Open(server.Url, request, Clients, PerSecond, bench.Duration / 2);
        var steady = LoadGenerator.Open(server.Url, request, Clients, PerSecond, 2 * bench.Duration);
        using var end = new CancellationTokenSource();
        var changes = Task.Run(() => Change(server.Url, end.Token));
        var loading = LoadGenerator.Open(server.Url, request, Clients, PerSecond, 2 * bench.Duration);
        end.Cancel();
        var loads = changes.GetAwaiter().GetResult();
        Figures.Print(
            $"trivial, {PerSecond} requests/s: p99 while {BenchOptions.Large} is loaded over before", loading.Percentile(0.99) / steady.Percentile(0.99), "≤ 1.5",
            $"{Figures.Short(loading.Percentile(0.99))} ms / {Figures.Short(steady.Percentile(0.99))} ms, {loads} loads; p50 {Figures.Short(loading.Percentile(0.5))} ms / {Figures.Short(steady.Percentile(0.5))} ms");
    }

    private static int Change(Uri server, CancellationToken end)
    {
        using var connection = new HttpConnection(server);
        var loads = 0;
        while (!end.IsCancellationRequested)
        {
            foreach (var change in (string[])["load", "unload"])
            {
                var status = connection.Send(HttpConnection.Post($"/v2/repository/models/{BenchOptions.Large}/{change}", "application/json", "{}"u8));
                if (status != 200)
                {
                    throw new InvalidOperationException($"The server answered {change} with status {status}: {System.Text.Encoding.UTF8.GetString(connection.Body)}");
                }
            }

            loads++;
        }

        return loads;
    }
}
