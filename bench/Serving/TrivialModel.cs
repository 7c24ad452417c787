namespace Toolchain.Bench.Serving;

/// <summary>A model that costs next to nothing: what is left is the server.</summary>
internal static class TrivialModel
{
    private const int Clients = 8;
    private const string Allocated = "dotnet_gc_allocated_bytes_total";
    private const string LargeObjects = "dotnet_gc_loh_bytes";

    /// <summary>Measures.</summary>
    public static void Run(BenchOptions bench)
    {
        using var server = bench.StartShared([BenchOptions.Trivial]);
        int[] dimensions = [28, 28, 1];
        var pixels = Picture.Pixels(28, 28, 1);
        var raw = Measure(bench, server, Requests.Raw(BenchOptions.Trivial, pixels));
        var binary = Measure(bench, server, Requests.Binary(BenchOptions.Trivial, dimensions, pixels));
        var json = Measure(bench, server, Requests.Json(BenchOptions.Trivial, dimensions, pixels));
        Figures.Print("trivial, 784-byte raw body: server CPU of a request", raw.Microseconds, "≤ 60", $"{Figures.Short(raw.PerSecond)} requests/s of {Clients} clients", " µs");
        Figures.Print("trivial, 784-byte raw body: allocated for a request", raw.Allocated, "≤ 2048", "", " B");
        Figures.Print("trivial, 784-byte raw body: growth of the large-object heap", raw.LargeObjects, "0", "", " B");
        Figures.Print("trivial, 784 values: server CPU of JSON over binary", json.Microseconds / binary.Microseconds, "≤ 2", $"{Figures.Short(json.Microseconds)} µs / {Figures.Short(binary.Microseconds)} µs");
        Figures.Print("trivial, 784 values in JSON: allocated for a request", json.Allocated, "", "", " B");
    }

    private static Cost Measure(BenchOptions bench, ServerProcess server, byte[] request)
    {
        LoadGenerator.Closed(server.Url, request, Clients, LoadGenerator.WarmUp);
        var (cpu, allocated, large) = (server.Cpu, server.Metric(Allocated), server.Metric(LargeObjects));
        var load = LoadGenerator.Closed(server.Url, request, Clients, bench.Duration);
        var requests = load.Accepted.Length;
        return new((server.Cpu - cpu).TotalMicroseconds / requests, (server.Metric(Allocated) - allocated) / requests, server.Metric(LargeObjects) - large, load.PerSecond);
    }

    /// <summary>What requests cost the server.</summary>
    private sealed record Cost(double Microseconds, double Allocated, double LargeObjects, double PerSecond);
}
