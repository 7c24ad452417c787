using Toolchain.Registry;

namespace Toolchain.Train.Sources;

/// <summary>What it takes to have a <see cref="NetworkSource"/> again: one of a network with its arguments, a file, or a model.</summary>
internal sealed record SourceSpec
{
    /// <summary>A network of the catalog.</summary>
    public NetworkSpec? Network { get; init; }

    /// <summary>The copy of a file, beside what holds this record.</summary>
    public string? File { get; init; }

    /// <summary>What models of the file are called unless they get another name.</summary>
    public string? Name { get; init; }

    /// <summary>The file that <see cref="File"/> is a copy of.</summary>
    public ImportSpec? Import { get; init; }

    /// <summary>A version of the registry, <c>name:3</c>.</summary>
    public string? Model { get; init; }

    /// <summary>SHA-256 of that version's graph.</summary>
    public string? Sha256 { get; init; }
}
