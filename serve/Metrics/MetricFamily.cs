namespace Toolchain.Serve.Metrics;

/// <summary>What the numbers of a metric are.</summary>
internal enum MetricType
{
    /// <summary>They only grow, from 0 when the server starts or the version is loaded.</summary>
    Counter,

    /// <summary>They go up and down.</summary>
    Gauge,

    /// <summary>Counts of values in buckets.</summary>
    Histogram,
}

/// <summary>One metric: its name, what it means, and where its numbers come from.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">What its numbers are.</param>
/// <param name="Help">What it means, with the unit, in one sentence.</param>
/// <param name="Write">Writes its samples.</param>
internal sealed record MetricFamily(string Name, MetricType Type, string Help, Action<PrometheusText, MetricSources> Write);
