using System.Reflection;
using System.Text.Json;

namespace Toolchain.Registry;

/// <summary>A documented network and its arguments.</summary>
public sealed record NetworkSpec
{
    /// <summary>The network's name in the catalog.</summary>
    public required string Name { get; init; }

    /// <summary>Every argument as it was written or defaulted: <c>size</c> → <c>small</c>.</summary>
    public required IReadOnlyDictionary<string, string> Arguments { get; init => field = Maps.Sorted(value); }

    /// <summary>Changes of its structure, as they were written: <c>replace relu1=LeakyReLU(0.1)</c>; none by default.</summary>
    public IReadOnlyList<string> Edits { get; init => field = [.. value]; } = [];
}

/// <summary>A file from elsewhere that a model was made from.</summary>
/// <param name="File">Its name, without folders.</param>
/// <param name="Sha256">SHA-256 of its bytes, 64 lower-case hexadecimal digits.</param>
/// <param name="Producer">What wrote it, as the file says; null when it does not.</param>
public sealed record ImportSpec(string File, string Sha256, string? Producer = null);

/// <summary>Everything needed to train the same weights again.</summary>
public sealed record TrainingSpec
{
    /// <summary>The recipe in full: optimiser, schedule, epochs, batch, augmentation, precision….</summary>
    public required IReadOnlyDictionary<string, JsonElement> Recipe { get; init => field = Maps.Sorted(value); }

    /// <summary>The data set.</summary>
    public required DataSpec Data { get; init; }

    /// <summary>The seed of every random choice.</summary>
    public required long Seed { get; init; }

    /// <summary>The library that computed it.</summary>
    public required EngineSpec Engine { get; init; }

    /// <summary>The device that was used: <c>cpu</c> or <c>cuda:N</c>.</summary>
    public required string Device { get; init; }

    /// <summary>Computing threads.</summary>
    public required int Threads { get; init; }

    /// <summary>The processor; null where it was not recorded.</summary>
    public ProcessorSpec? Processor { get; init; }

    /// <summary>Changes of the structure that this training began with, as they were written; those of a parent are not among them.</summary>
    public IReadOnlyList<string> Edits { get; init => field = [.. value]; } = [];

    /// <summary>Whether the last layer of a file or parent was replaced by a fresh one.</summary>
    public bool FreshHead { get; init; }

    /// <summary>Which snapshot of the training this is, from 1; null for a training's only model.</summary>
    public int? Snapshot { get; init; }
}

/// <summary>A data set, exactly.</summary>
public sealed record DataSpec
{
    /// <summary>The data set as a person names it: <c>fashion-mnist</c>, <c>folder:DIR</c>….</summary>
    public required string Reference { get; init; }

    /// <summary>The hash of its content, as the data set computes it.</summary>
    public required string ContentHash { get; init; }

    /// <summary>The hash of the test samples' content; null in manifests of schema 3 and older.</summary>
    public string? TestHash { get; init; }

    /// <summary>Images by split.</summary>
    public required IReadOnlyDictionary<string, long> Counts { get; init => field = Maps.Sorted(value); }

    /// <summary>How the training samples were divided; null in manifests of schema 3 and older, whose division follows from seed and recipe.</summary>
    public SplitSpec? Split { get; init; }

    /// <summary>The size that images were resized to on request: <c>224x224</c>, height first; null for none.</summary>
    public string? ImageSize { get; init; }

    /// <summary>Unreadable files that were left out; null for none.</summary>
    public int? Skipped { get; init; }
}

/// <summary>How the training samples of a data set were divided into those to learn from and those to choose the best epoch by.</summary>
/// <param name="Method">What divided them: <c>stratified</c>, <c>random</c>, <c>grouped</c>, <c>folds</c>, <c>given</c> or <c>file</c>.</param>
/// <param name="Hash">SHA-256 over the division, as the data set computes it.</param>
public sealed record SplitSpec(string Method, string Hash)
{
    /// <summary>What chose the samples; null where the data or a file did.</summary>
    public long? Seed { get; init; }

    /// <summary>K of K-fold cross-validation; null for one division.</summary>
    public int? Folds { get; init; }

    /// <summary>The fold for validation, from 1; null for one division.</summary>
    public int? Fold { get; init; }

    /// <summary>The file that said what each sample is for, as it was named; null for none.</summary>
    public string? File { get; init; }
}

/// <summary>A library that computes: its name and version, for example libtorch 1.13.1.</summary>
public sealed record EngineSpec(string Name, string Version);

/// <summary>A processor, as far as it decides what an engine computes.</summary>
/// <param name="Name">Its name, as the system gives it.</param>
/// <param name="Instructions">The vector instruction sets that engines choose kernels by, in ordinal order, separated by spaces: <c>avx2 avx512f fma</c>.</param>
public sealed record ProcessorSpec(string Name, string Instructions);

/// <summary>A version that another one was made from.</summary>
/// <param name="Reference">The version: <c>name:3</c>.</param>
/// <param name="Role">What it gave; one of <see cref="ParentRoles"/>.</param>
public sealed record ParentSpec(string Reference, string Role)
{
    /// <summary>Its share of the mean, 0..1; null for roles that have none.</summary>
    public double? Weight { get; init; }

    /// <summary>SHA-256 of its trained graph, 64 lower-case hexadecimal digits; null where it was not recorded.</summary>
    public string? Sha256 { get; init; }
}

/// <summary>What a parent gave to its child.</summary>
public static class ParentRoles
{
    /// <summary>A member of an ensemble, whose outputs are averaged.</summary>
    public const string Member = "member";

    /// <summary>A model whose weights were averaged (Wortsman et al. 2022, arXiv 2203.05482).</summary>
    public const string Ingredient = "ingredient";

    /// <summary>The weights that training started from.</summary>
    public const string InitialWeights = "initial-weights";
}

/// <summary>The toolchain that wrote something.</summary>
/// <param name="Version">Its version.</param>
/// <param name="Commit">The source commit it was built from; null when it was built outside a repository.</param>
public sealed record ToolSpec(string Version, string? Commit = null)
{
    /// <summary>The running toolchain, as its build stamped it.</summary>
    public static ToolSpec Current { get; } = FromInformationalVersion(
        typeof(ToolSpec).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown");

    /// <summary>Reads the SDK's form <c>version+commit</c>.</summary>
    internal static ToolSpec FromInformationalVersion(string text) => text.Split('+', 2) switch
    {
        [var version, var commit] => new(version, commit),
        _ => new(text),
    };
}
