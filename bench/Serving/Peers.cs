using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Toolchain.Bench.Serving;

/// <summary>Servers as people write them with Fastify and FastAPI: the same model, the same request in JSON, the same load, in turns.</summary>
internal static partial class Peers
{
    private const int Rounds = 3;
    private const int Clients = 32;
    private const double Tolerance = 1e-4;

    /// <summary>Measures.</summary>
    public static void Run(BenchOptions bench)
    {
        int[] dimensions = [28, 28, 1];
        var body = Requests.JsonBody(dimensions, Picture.Pixels(28, 28, 1));
        var request = HttpConnection.Post(Requests.InferPath(BenchOptions.Trivial), "application/json", body);
        using var ours = bench.StartShared([BenchOptions.Trivial]);
        using var fastify = ServerProcess.Start("node", [Path.Combine(bench.Peers, "fastify-server.mjs"), bench.FileOf(BenchOptions.Trivial)]);
        using var fastapi = ServerProcess.Start("/usr/bin/python3", [Path.Combine(bench.Peers, "fastapi_server.py"), bench.WeightsOf(BenchOptions.Trivial)]);
        var (name, load) = Generator(body);
        var expected = Answer(ours, request);
        var rates = new[] { ours, fastify, fastapi }.ToDictionary(static server => server, static _ => new List<double>());
        foreach (var server in rates.Keys)
        {
            Agree(expected, Answer(server, request));
            load(server.Url, LoadGenerator.WarmUp);
        }

        for (var round = 0; round < Rounds; round++)
        {
            foreach (var (server, measured) in rates)
            {
                measured.Add(load(server.Url, bench.Duration));
            }
        }

        Print("Fastify with onnxruntime-node", "≥ 3", fastify);
        Print("FastAPI with PyTorch", "≥ 6", fastapi);

        void Print(string peer, string goal, ServerProcess server) => Figures.Print(
            $"trivial, 28×28 in JSON: requests/s over {peer}", rates[ours].Median() / rates[server].Median(), goal,
            $"{Figures.Short(rates[ours].Median())}/s / {Figures.Short(rates[server].Median())}/s, {Clients} clients of {name}");
    }

    // wrk where it is installed: nobody can say that it was made for one of the servers.
    private static (string Name, Func<Uri, TimeSpan, double> Load) Generator(byte[] body)
    {
        var installed = Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(static folder => File.Exists(Path.Combine(folder, "wrk")));
        var request = HttpConnection.Post(Requests.InferPath(BenchOptions.Trivial), "application/json", body);
        return installed ? ("wrk", (url, duration) => Wrk(url, duration, body)) : ("bench-serving", (url, duration) => LoadGenerator.Closed(url, request, Clients, duration).PerSecond);
    }

    private static double Wrk(Uri url, TimeSpan duration, byte[] body)
    {
        var script = Path.GetTempFileName();
        try
        {
            File.WriteAllText(script, $"wrk.method = 'POST'\nwrk.headers['Content-Type'] = 'application/json'\nwrk.body = '{System.Text.Encoding.ASCII.GetString(body)}'\n");
            var seconds = string.Create(CultureInfo.InvariantCulture, $"{(int)Math.Ceiling(duration.TotalSeconds)}s");
            string[] arguments = ["-t1", string.Create(CultureInfo.InvariantCulture, $"-c{Clients}"), $"-d{seconds}", "-s", script, new Uri(url, Requests.InferPath(BenchOptions.Trivial)).ToString()];
            using var wrk = Process.Start(new ProcessStartInfo("wrk", arguments) { RedirectStandardOutput = true })!;
            var output = wrk.StandardOutput.ReadToEnd();
            wrk.WaitForExit();
            return output.Contains("Non-2xx", StringComparison.Ordinal) || output.Contains("Socket errors", StringComparison.Ordinal)
                ? throw new InvalidOperationException($"Requests to {url} failed:\n{output}")
                : double.Parse(Rate().Match(output).Groups[1].Value, CultureInfo.InvariantCulture);
        }
        finally
        {
            File.Delete(script);
        }
    }

    private static double[] Answer(ServerProcess server, byte[] request)
    {
        using var connection = new HttpConnection(server.Url);
        var status = connection.Send(request);
        return status == 200
            ? [.. JsonDocument.Parse(connection.Body.ToArray()).RootElement.GetProperty("outputs").EnumerateArray().Single(static o => o.GetProperty("name").GetString() == "probabilities").GetProperty("data").EnumerateArray().Select(static v => v.GetDouble())]
            : throw new InvalidOperationException($"{server.Url} answered with status {status}: {System.Text.Encoding.UTF8.GetString(connection.Body)}");
    }

    private static void Agree(double[] expected, double[] found)
    {
        if (!expected.Zip(found).All(static pair => Math.Abs(pair.First - pair.Second) < Tolerance) || expected.Length != found.Length)
        {
            throw new InvalidOperationException($"The servers do not give the same: {string.Join(", ", expected)} and {string.Join(", ", found)}.");
        }
    }

    [GeneratedRegex(@"Requests/sec:\s+([\d.]+)")]
    private static partial Regex Rate();
}
