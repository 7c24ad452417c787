using System.Buffers;
using System.Text;
using Toolchain.Serve.Metrics;

namespace Toolchain.Serve.Tests.Metrics;

public sealed class PrometheusTextTests
{
    [Fact]
    public void Help_and_labels_are_escaped_and_numbers_are_the_formats() => Assert.Equal(
        """
        # HELP it A \\ and\na "line".
        # TYPE it gauge
        it 1.5
        it{a="x"} +Inf
        it{a="q\"uo\\te",b="li\nne"} NaN
        it -Inf
        it 1E+300

        """,
        Write(new("it", MetricType.Gauge, "A \\ and\na \"line\".", static (text, _) =>
        {
            text.Sample(1.5);
            text.Sample(double.PositiveInfinity, new MetricLabel("a", "x"));
            text.Sample(double.NaN, new("a", "q\"uo\\te"), new("b", "li\nne"));
            text.Sample(double.NegativeInfinity);
            text.Sample(1e300);
        })));

    [Fact]
    public void A_histograms_buckets_have_those_before_them_too() => Assert.Equal(
        """
        # HELP it Time, in µs.
        # TYPE it histogram
        it_bucket{model="m",le="0.5"} 2
        it_bucket{model="m",le="10"} 2
        it_bucket{model="m",le="+Inf"} 5
        it_sum{model="m"} 123.4
        it_count{model="m"} 5

        """,
        Write(new("it", MetricType.Histogram, "Time, in µs.", static (text, _) => text.Histogram(new([5, 100], [2, 0, 3], 1234), 10, new MetricLabel("model", "m")))));

    private static string Write(MetricFamily family)
    {
        var buffer = new ArrayBufferWriter<byte>();
        new PrometheusText(buffer).Write(family, null!);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
