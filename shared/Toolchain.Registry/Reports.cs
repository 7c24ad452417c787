namespace Toolchain.Registry;

/// <summary>A line of the registry's list.</summary>
/// <param name="Name">The model's name.</param>
/// <param name="Version">The version number.</param>
/// <param name="Manifest">What is known about it; null when the manifest cannot be read.</param>
/// <param name="Aliases">The aliases that point to it, in ordinal order.</param>
/// <param name="Problem">Why something could not be read; null when all is well.</param>
public sealed record ModelListing(string Name, int Version, ModelManifest? Manifest, IReadOnlyList<string> Aliases, string? Problem);

/// <summary>The result of checking a registry.</summary>
/// <param name="Versions">Versions that were checked.</param>
/// <param name="Artifacts">Artifacts that were read.</param>
/// <param name="Bytes">Bytes that were hashed.</param>
/// <param name="Faults">What is wrong, one sentence each; empty when the registry is sound.</param>
/// <param name="Leftovers">Paths that writers who are gone left behind; harmless, and <c>models gc</c> deletes them.</param>
public sealed record VerificationReport(int Versions, int Artifacts, long Bytes, IReadOnlyList<string> Faults, IReadOnlyList<string> Leftovers);

/// <summary>What was deleted.</summary>
/// <param name="Removed">Paths.</param>
/// <param name="Bytes">The room that they took.</param>
public sealed record GarbageReport(IReadOnlyList<string> Removed, long Bytes);
