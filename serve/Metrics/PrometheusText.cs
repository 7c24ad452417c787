using System.Buffers;
using System.Globalization;
using System.Text;

namespace Toolchain.Serve.Metrics;

/// <summary>A label of a sample.</summary>
internal readonly record struct MetricLabel(string Name, string Value);

/// <summary>Writes metrics as Prometheus reads them, text format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats).</summary>
/// <param name="output">Receives UTF-8.</param>
internal sealed class PrometheusText(IBufferWriter<byte> output)
{
    /// <summary>The type of the content.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";
    private MetricFamily? _family;

    /// <summary>Writes a family: what it means, its type, its samples.</summary>
    public void Write(MetricFamily family, MetricSources sources)
    {
        _family = family;
        Line($"# HELP {family.Name} {Escaped(family.Help, quoted: false)}");
        Line($"# TYPE {family.Name} {family.Type.ToString().ToLowerInvariant()}");
        family.Write(this, sources);
    }

    /// <summary>Writes a sample of a counter or gauge.</summary>
    public void Sample(double value, params ReadOnlySpan<MetricLabel> labels) => Sample("", value, labels, null);

    /// <summary>Writes the samples of a histogram: its buckets, each with those before it, their sum and their count.</summary>
    /// <param name="counts">What was counted.</param>
    /// <param name="unit">What one of the metric's units is in those of the counts.</param>
    /// <param name="labels">The labels of all its samples.</param>
    public void Histogram(HistogramCounts counts, double unit, params ReadOnlySpan<MetricLabel> labels)
    {
        var cumulative = 0L;
        for (var i = 0; i < counts.Counts.Length; i++)
        {
            cumulative += counts.Counts[i];
            Sample("_bucket", cumulative, labels, i < counts.Bounds.Length ? Number(counts.Bounds[i] / unit) : Number(double.PositiveInfinity));
        }

        Sample("_sum", counts.Sum / unit, labels, null);
        Sample("_count", cumulative, labels, null);
    }

    /// <summary>A number as the format has it.</summary>
    internal static string Number(double value) =>
        double.IsNaN(value) ? "NaN"
        : double.IsInfinity(value) ? value > 0 ? "+Inf" : "-Inf"
        : value.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>Text in which what ends a line, or a label's value, is written otherwise.</summary>
    internal static string Escaped(string text, bool quoted)
    {
        var escaped = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return quoted ? escaped.Replace("\"", "\\\"", StringComparison.Ordinal) : escaped;
    }

    private void Sample(string suffix, double value, ReadOnlySpan<MetricLabel> labels, string? bound)
    {
        var line = new StringBuilder(_family!.Name).Append(suffix);
        var separator = '{';
        foreach (var label in labels)
        {
            line.Append(separator).Append(label.Name).Append("=\"").Append(Escaped(label.Value, quoted: true)).Append('"');
            separator = ',';
        }

        if (bound is not null)
        {
            line.Append(separator).Append("le=\"").Append(bound).Append('"');
            separator = ',';
        }

        Line($"{line}{(separator == ',' ? "}" : "")} {Number(value)}");
    }

    private void Line(string line)
    {
        Encoding.UTF8.GetBytes(line, output);
        output.Write("\n"u8);
    }
}
