using System.Diagnostics;

namespace Toolchain.Bench.Serving;

/// <summary>As many clients as fill two batches, against the batch size with which a loop around a bare run does most images.</summary>
internal static class Saturation
{
    private const int Rounds = 7;
    private const int Clients = 64;
    private static readonly int[] BatchSizes = [1, 2, 4, 8, 16, 32];

    /// <summary>Measures.</summary>
    public static void Run(BenchOptions bench)
    {
        using var server = bench.Start([BenchOptions.Large]);
        var sweep = BatchSizes.ToDictionary(static size => size, size => InProcess(bench, size, bench.Duration / 4));
        var best = sweep.MaxBy(static size => size.Value).Key;
        var file = bench.FileOf(BenchOptions.Large);
        using var bare = new BareSession(file, bench.Threads, 1);
        var request = Requests.Raw(BenchOptions.Large, Picture.Pixels(bare.Dimensions[0], bare.Dimensions[1], bare.Dimensions[2]));
        LoadGenerator.Closed(server.Url, request, Clients, bench.Duration / 4);
        var (served, direct, ratios) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            direct.Add(InProcess(bench, best, bench.Duration));
            served.Add(LoadGenerator.Closed(server.Url, request, Clients, bench.Duration).PerSecond);
            ratios.Add(served[^1] / direct[^1]);
        }

        Figures.Print(
            $"{BenchOptions.Large}, {Clients} clients: images/s over the best batch size of a bare run", ratios.Median(), "≥ 0.93",
            $"{Figures.Short(served.Median())}/s / {Figures.Short(direct.Median())}/s (ratios {string.Join(", ", ratios.Select(Figures.Short))}; {string.Join(", ", sweep.Select(static size => $"{size.Key}: {Figures.Short(size.Value)}"))})");
    }

    private static double InProcess(BenchOptions bench, int batch, TimeSpan duration)
    {
        using var bare = new BareSession(bench.FileOf(BenchOptions.Large), bench.Threads, batch);
        bare.Run();
        var (started, runs) = (Stopwatch.GetTimestamp(), 0);
        do
        {
            bare.Run();
            runs++;
        }
        while (Stopwatch.GetElapsedTime(started) < duration);

        return runs * batch / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
