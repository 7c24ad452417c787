using System.Globalization;

namespace Toolchain.Bench.Serving;

/// <summary>Twice as many requests as the server can answer, whether or not it keeps up.</summary>
internal static class Overload
{
    private const int QueueSize = 64;
    private const int BatchSize = 8;

    // Enough that a request rarely waits for a client that is free: all that may wait and run, and those that are being refused.
    private const int Clients = 4 * (QueueSize + BatchSize);

    /// <summary>Measures.</summary>
    public static void Run(BenchOptions bench)
    {
        using var server = bench.Start([BenchOptions.Large], "--max-queue-size", Text(QueueSize), "--max-batch-size", Text(BatchSize));
        using var bare = new BareSession(bench.FileOf(BenchOptions.Large), bench.Threads, 1);
        var request = Requests.Raw(BenchOptions.Large, Picture.Pixels(bare.Dimensions[0], bare.Dimensions[1], bare.Dimensions[2]));
        LoadGenerator.Closed(server.Url, request, 2 * BatchSize, bench.Duration / 2);
        var peak = LoadGenerator.Closed(server.Url, request, 2 * BatchSize, bench.Duration).PerSecond;

        // What is in memory at the end of the first overload is what the second may use.
        LoadGenerator.Open(server.Url, request, Clients, 2 * peak, bench.Duration);
        var before = server.Resident;
        var load = LoadGenerator.Open(server.Url, request, Clients, 2 * peak, 3 * bench.Duration);
        var after = server.Resident;

        // Who is accepted last waits for the whole queue, for the batch that runs and for its own.
        var bound = 1000 * (QueueSize + (2 * BatchSize)) / peak;
        Figures.Print($"{BenchOptions.Large}, twice saturation: answers/s over the peak", load.PerSecond / peak, "≥ 0.95", $"{Figures.Short(load.PerSecond)}/s / {Figures.Short(peak)}/s; {load.Refused} refused at once");
        Figures.Print($"{BenchOptions.Large}, twice saturation: p99 over what the queue's limit allows", load.Percentile(0.99) / bound, "≤ 1", $"{Figures.Short(load.Percentile(0.99))} ms / {Figures.Short(bound)} ms ({QueueSize} waiting)");
        Figures.Print($"{BenchOptions.Large}, twice saturation: memory at the end over before", (double)after / before, "≤ 1.05", $"{Figures.Short(after / 1e6)} MB / {Figures.Short(before / 1e6)} MB");
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
