using Toolchain.Serve.Models;

namespace Toolchain.Serve.Metrics;

/// <summary>The metrics of each version, under the names that Triton's have (docs/user_guide/metrics.md of its server), and histograms that it lacks.</summary>
internal static class ModelMetrics
{
    private const double TicksPerMicrosecond = TimeSpan.TicksPerMicrosecond;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<MetricFamily> All { get; } =
    [
        Counter("nv_inference_request_success", "Requests that got their outputs.", static s => s.Request.Read().Count),
        new("nv_inference_request_failure", MetricType.Counter, "Requests that got no outputs, by reason.", WriteFailures),
        Counter("nv_inference_count", "Rows of successful requests.", static s => s.Snapshot().InferenceCount),
        Counter("nv_inference_exec_count", "Runs of the model, each of one batch.", static s => s.Snapshot().ExecutionCount),
        new("nv_inference_pending_request_count", MetricType.Gauge, "Requests that wait for the model.", static (text, sources) => Each(text, sources, static m => m.Batcher.Waiting)),
        Sum("nv_inference_request_duration_us", "Whole duration of successful requests, cumulative, in µs.", static s => s.Request),
        Sum("nv_inference_queue_duration_us", "Waiting of successful requests, cumulative, in µs.", static s => s.Queue),
        Sum("nv_inference_compute_input_duration_us", "Reading or decoding the inputs of successful requests, cumulative, in µs.", static s => s.ComputeInput),
        Sum("nv_inference_compute_infer_duration_us", "Runs of the batches that successful requests were in, cumulative, in µs.", static s => s.ComputeInfer),
        Sum("nv_inference_compute_output_duration_us", "Writing the outputs of successful requests, cumulative, in µs.", static s => s.ComputeOutput),
        Durations("nv_inference_request_duration_histogram_us", "Whole duration of successful requests, in µs.", static s => s.Request),
        Durations("nv_inference_queue_duration_histogram_us", "Waiting of successful requests, in µs.", static s => s.Queue),
        Durations("nv_inference_compute_input_duration_histogram_us", "Reading or decoding the inputs of successful requests, in µs.", static s => s.ComputeInput),
        Durations("nv_inference_compute_infer_duration_histogram_us", "Runs of the batches that successful requests were in, in µs.", static s => s.ComputeInfer),
        Durations("nv_inference_compute_output_duration_histogram_us", "Writing the outputs of successful requests, in µs.", static s => s.ComputeOutput),
        Counts("toolchain_batch_size", "Rows of a batch that ran.", static s => s.BatchSize),
        new("nv_model_load_duration_secs", MetricType.Gauge, "How long loading the version took: reading, checking and warming, in s.", static (text, sources) => Each(text, sources, static m => m.LoadDuration.TotalSeconds)),
    ];

    private static MetricFamily Counter(string name, string help, Func<ModelStatistics, long> value) =>
        new(name, MetricType.Counter, help, (text, sources) => Each(text, sources, m => value(m.Statistics)));

    private static MetricFamily Sum(string name, string help, Func<ModelStatistics, Histogram> histogram) =>
        new(name, MetricType.Counter, help, (text, sources) => Each(text, sources, m => histogram(m.Statistics).Read().Sum / TicksPerMicrosecond));

    private static MetricFamily Durations(string name, string help, Func<ModelStatistics, Histogram> histogram) => Histogram(name, help, histogram, TicksPerMicrosecond);

    private static MetricFamily Counts(string name, string help, Func<ModelStatistics, Histogram> histogram) => Histogram(name, help, histogram, 1);

    private static MetricFamily Histogram(string name, string help, Func<ModelStatistics, Histogram> histogram, double unit) => new(name, MetricType.Histogram, help, (text, sources) =>
    {
        foreach (var model in sources.Models)
        {
            text.Histogram(histogram(model.Statistics).Read(), unit, new("model", model.Name), new("version", model.VersionText));
        }
    });

    private static void WriteFailures(PrometheusText text, MetricSources sources)
    {
        foreach (var model in sources.Models)
        {
            foreach (var (reason, count) in model.Statistics.Snapshot().Failures)
            {
                text.Sample(count, new("model", model.Name), new("version", model.VersionText), new("reason", reason.Text()));
            }
        }
    }

    private static void Each(PrometheusText text, MetricSources sources, Func<ServedModel, double> value)
    {
        foreach (var model in sources.Models)
        {
            text.Sample(value(model), new("model", model.Name), new("version", model.VersionText));
        }
    }
}
