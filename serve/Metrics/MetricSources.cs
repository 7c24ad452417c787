using Toolchain.Serve.Features;
using Toolchain.Serve.Http;
using Toolchain.Serve.Models;

namespace Toolchain.Serve.Metrics;

/// <summary>What metrics are read from, at one moment.</summary>
/// <param name="Models">The versions that answer requests, and those that leave.</param>
/// <param name="Loads">What became of versions.</param>
/// <param name="State">The server.</param>
/// <param name="Bodies">The memory of request bodies.</param>
/// <param name="Decoding">The decoders of images.</param>
internal sealed record MetricSources(IReadOnlyList<ServedModel> Models, LoadStatistics Loads, ServerState State, ByteBudget Bodies, ImageDecoding Decoding);
