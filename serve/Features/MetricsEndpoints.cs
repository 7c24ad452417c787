using System.Buffers;
using Microsoft.AspNetCore.Http.HttpResults;
using Toolchain.Serve.Http;
using Toolchain.Serve.Metrics;

namespace Toolchain.Serve.Features;

/// <summary>What the server counts, for Prometheus.</summary>
internal static class MetricsEndpoints
{
    /// <summary>All metrics, in the order in which they are written.</summary>
    internal static IReadOnlyList<MetricFamily> Families { get; } = [.. ModelMetrics.All, .. ServerMetrics.All];

    /// <summary>Maps <c>/metrics</c>.</summary>
    public static RouteHandlerBuilder MapMetrics(this IEndpointRouteBuilder routes) => routes
        .MapGet("/metrics", GetMetrics)
        .WithName("getMetrics")
        .WithTags("Server")
        .WithSummary("Everything that the server counts, in Prometheus' text format 0.0.4.")
        .Produces<string>(StatusCodes.Status200OK, "text/plain");

    private static Utf8ContentHttpResult GetMetrics(ServerState state, LoadStatistics loads, ByteBudget bodies, ImageDecoding decoding)
    {
        var sources = new MetricSources([.. state.Models.Loaded.DistinctBy(static m => m.Key)], loads, state, bodies, decoding);
        var buffer = new ArrayBufferWriter<byte>(64 << 10);
        var text = new PrometheusText(buffer);
        foreach (var family in Families)
        {
            text.Write(family, sources);
        }

        return TypedResults.Text(buffer.WrittenSpan, PrometheusText.ContentType);
    }
}
