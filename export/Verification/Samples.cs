using Toolchain.Registry;
using Toolchain.Registry.Cli;

namespace Toolchain.Export.Verification;

/// <summary>What reports call the samples of a model.</summary>
internal static class Samples
{
    /// <summary>The word: <c>image</c> or <c>row</c>.</summary>
    public static string Noun(ModelVersion version) => version.Manifest.Preprocessing.Samples == SampleKind.Numbers ? "row" : "image";

    /// <summary>So many of them: <c>8 images</c>.</summary>
    public static string Count(ModelVersion version, int count) => Display.Count(count, Noun(version));
}
