using System.Runtime.InteropServices;
using Toolchain.Registry;

namespace Toolchain.Train.Execution;

/// <summary>The processor of this machine, as far as it decides what an engine computes: kernels are chosen by instruction set, and round differently.</summary>
internal static class HostProcessor
{
    private const string Facts = "/proc/cpuinfo";

    // Those that libtorch and oneDNN look for.
    private static readonly string[] Relevant = ["sse4_2", "avx", "avx2", "fma", "f16c", "avx512", "avx_vnni", "amx_", "asimd", "sve", "bf16", "i8mm"];

    /// <summary>The processor, for manifests.</summary>
    public static ProcessorSpec Current { get; } = new(Fact("model name") ?? $"{RuntimeInformation.ProcessArchitecture}", Instructions());

    /// <summary>All that the system says about it, in one text.</summary>
    public static string Everything { get; } = File.Exists(Facts)
        ? string.Join('\n', File.ReadLines(Facts).Where(static l => l.StartsWith("model name", StringComparison.Ordinal) || l.StartsWith("flags", StringComparison.Ordinal)).Distinct())
        : $"{RuntimeInformation.ProcessArchitecture} {Environment.ProcessorCount}";

    private static string Instructions() => (Fact("flags") ?? Fact("Features")) is { } flags
        ? string.Join(' ', flags.Split(' ').Where(static f => Array.Exists(Relevant, r => f.StartsWith(r, StringComparison.Ordinal))).Distinct().Order(StringComparer.Ordinal))
        : $"{RuntimeInformation.ProcessArchitecture}".ToLowerInvariant();

    private static string? Fact(string name) => !File.Exists(Facts) ? null : File.ReadLines(Facts)
        .FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?.Split(':', 2) is [_, var value] ? value.Trim() : null;
}
