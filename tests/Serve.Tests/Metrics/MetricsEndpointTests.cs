using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Toolchain.Serve.Features;
using Toolchain.Serve.Metrics;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests.Metrics;

public sealed partial class MetricsEndpointTests
{
    private static readonly byte[] Image = Images.Noise(28, 28, 1, 1);

    [Fact]
    public async Task What_happened_is_counted_under_tritons_names()
    {
        using var registry = new TestRegistry();
        registry.Publish("fashion", TestModels.Classifier());
        registry.Publish("broken", TestModels.Classifier());
        await File.WriteAllBytesAsync(Path.Combine(registry.Folder, "broken", "1", "model.onnx"), [1, 2, 3]);
        await using var server = await RunningServer.StartAsync(registry);
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await server.PostBytesAsync("/v2/models/fashion/infer", Image, jsonLength: 0)).Status);
        }

        Assert.Equal(HttpStatusCode.BadRequest, (await server.PostJsonAsync("/v2/models/fashion/infer", "{}")).Status);
        var metrics = Read((await server.GetAsync("/metrics")).Text);

        const string Labels = """{model="fashion",version="1"}""";
        Assert.Equal(5, metrics[$"nv_inference_request_success{Labels}"]);
        Assert.Equal(5, metrics[$"nv_inference_count{Labels}"]);
        Assert.Equal(5, metrics[$"nv_inference_exec_count{Labels}"]);
        Assert.Equal(0, metrics[$"nv_inference_pending_request_count{Labels}"]);
        Assert.Equal(1, metrics["""nv_inference_request_failure{model="fashion",version="1",reason="OTHER"}"""]);
        Assert.Equal(5, metrics["""toolchain_batch_size_bucket{model="fashion",version="1",le="1"}"""]);
        foreach (var phase in new[] { "request", "queue", "compute_input", "compute_infer", "compute_output" })
        {
            Assert.Equal(5, metrics[$"nv_inference_{phase}_duration_histogram_us_count{Labels}"]);
            Assert.Equal(metrics[$"nv_inference_{phase}_duration_us{Labels}"], metrics[$"nv_inference_{phase}_duration_histogram_us_sum{Labels}"]);
        }

        Assert.True(metrics[$"nv_inference_compute_infer_duration_us{Labels}"] > 0);
        Assert.True(metrics[$"nv_inference_request_duration_us{Labels}"] >= metrics[$"nv_inference_compute_infer_duration_us{Labels}"]);
        Assert.True(metrics[$"nv_model_load_duration_secs{Labels}"] > 0);
        Assert.Equal((1, 0), (metrics["""toolchain_model_loads_total{model="fashion",result="loaded"}"""], metrics["""toolchain_model_loads_total{model="fashion",result="refused"}"""]));
        Assert.Equal((0, 1), (metrics["""toolchain_model_loads_total{model="broken",result="loaded"}"""], metrics["""toolchain_model_loads_total{model="broken",result="refused"}"""]));
        Assert.True(metrics["process_resident_memory_bytes"] > 10_000_000);
        Assert.True(metrics["nv_cpu_memory_used_bytes"] is > 0 and var used && used < metrics["nv_cpu_memory_total_bytes"]);
        Assert.True(metrics["process_cpu_seconds_total"] > 0);
        Assert.True(metrics["process_open_fds"] is > 3 and var open && open <= metrics["process_max_fds"]);
        Assert.Equal(1, metrics["toolchain_ready"]);
    }

    [Fact]
    public async Task Decoding_images_has_a_histogram()
    {
        using var registry = new TestRegistry();
        registry.Publish("fashion", TestModels.Classifier(), TestRegistry.TenLabels);
        await using var server = await RunningServer.StartAsync(registry);

        Assert.Equal(HttpStatusCode.OK, (await server.PostBytesAsync("/v1/models/fashion/classify", Bodies.PngOfSize(28, 28), "image/png")).Status);

        Assert.Equal(1, Read((await server.GetAsync("/metrics")).Text)["toolchain_decode_duration_histogram_us_count"]);
    }

    [Fact]
    public async Task The_format_is_prometheus_own()
    {
        using var registry = new TestRegistry();
        registry.Publish("fashion", TestModels.Classifier());
        registry.Publish("digits", TestModels.Classifier());
        await using var server = await RunningServer.StartAsync(registry);
        await server.PostBytesAsync("/v2/models/fashion/infer", Image, jsonLength: 0);

        var answer = await server.GetAsync("/metrics");

        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", answer.Headers["Content-Type"]);
        var families = Read(answer.Text, out var series);
        Assert.Equal(MetricsEndpoints.Families.Select(f => (f.Name, f.Type)), families);
        Assert.Equal(series.Count, series.DistinctBy(s => s.Key).Count());
        foreach (var histogram in series.GroupBy(s => Bucket().Replace(s.Key, "")).Where(g => g.Any(s => s.Key.Contains("le=\"", StringComparison.Ordinal))))
        {
            var buckets = histogram.Select(s => s.Value).ToList();
            Assert.Equal(buckets.Order(), buckets);
            Assert.Contains("le=\"+Inf\"", histogram.Last().Key, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Every_metric_has_a_name_of_its_own_a_help_and_a_unit()
    {
        Assert.Equal(MetricsEndpoints.Families.Count, MetricsEndpoints.Families.DistinctBy(f => f.Name).Count());
        Assert.All(MetricsEndpoints.Families, family =>
        {
            Assert.Matches("^[a-z_][a-z0-9_]*$", family.Name);
            Assert.EndsWith(".", family.Help, StringComparison.Ordinal);
            Assert.Equal(family.Name.EndsWith("_us", StringComparison.Ordinal), family.Help.Contains("µs", StringComparison.Ordinal));
        });
    }

    private static Dictionary<string, double> Read(string text)
    {
        Read(text, out var series);
        return series.ToDictionary(StringComparer.Ordinal);
    }

    // Line by line as the format's description has it: comments before samples, samples of one family together.
    private static List<(string Name, MetricType Type)> Read(string text, out List<KeyValuePair<string, double>> series)
    {
        var families = new List<(string Name, MetricType Type)>();
        var help = "";
        series = [];
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        foreach (var line in text.TrimEnd('\n').Split('\n'))
        {
            if (line.StartsWith("# HELP ", StringComparison.Ordinal))
            {
                help = line.Split(' ')[2];
            }
            else if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                Assert.Equal(help, line.Split(' ')[2]);
                families.Add((help, Enum.Parse<MetricType>(line.Split(' ')[3], ignoreCase: true)));
            }
            else
            {
                Assert.Matches(Sample(), line);
                Assert.StartsWith(families[^1].Name, line, StringComparison.Ordinal);
                var space = line.LastIndexOf(' ');
                series.Add(new(line[..space], line[(space + 1)..] switch { "+Inf" => double.PositiveInfinity, "-Inf" => double.NegativeInfinity, var number => double.Parse(number, CultureInfo.InvariantCulture) }));
            }
        }

        return families;
    }

    [GeneratedRegex("""^[a-zA-Z_:][a-zA-Z0-9_:]*(\{[a-zA-Z_][a-zA-Z0-9_]*="([^"\\\n]|\\["\\n])*"(,[a-zA-Z_][a-zA-Z0-9_]*="([^"\\\n]|\\["\\n])*")*\})? (NaN|[+-]Inf|-?[0-9.]+(E[+-]?[0-9]+)?)$""")]
    private static partial Regex Sample();

    [GeneratedRegex(""",?le="[^"]*"}?""")]
    private static partial Regex Bucket();
}
