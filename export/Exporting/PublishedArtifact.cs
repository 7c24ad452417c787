using System.Text.Json.Nodes;
using Toolchain.Registry;
using Toolchain.Registry.Cli;

namespace Toolchain.Export.Exporting;

/// <summary>A file that was published, as every report names it.</summary>
/// <param name="Version">The version that it belongs to.</param>
/// <param name="Artifact">The file.</param>
internal sealed record PublishedArtifact(ModelVersion Version, ArtifactManifest Artifact)
{
    /// <summary>Where it is.</summary>
    public string Path => System.IO.Path.Combine(Version.Folder, Artifact.File);

    /// <summary>The row with its name, size and opset.</summary>
    public string[] File => ["artifact", $"{Artifact.File} ({Display.Bytes(Artifact.Bytes)}, opset {Artifact.Opset})"];

    /// <summary>The rows with what it takes and gives.</summary>
    public string[][] Tensors => [["inputs", Text(Artifact.Inputs)], ["outputs", Text(Artifact.Outputs)]];

    /// <summary>A new object with the model, the file, its size and opset.</summary>
    public JsonObject ToJson() => new()
    {
        ["model"] = Version.ToString(),
        ["artifact"] = Artifact.File,
        ["path"] = Path,
        ["bytes"] = Artifact.Bytes,
        ["opset"] = Artifact.Opset,
    };

    private static string Text(IEnumerable<TensorSpec> tensors) => string.Join(", ", tensors.Select(static t => $"{t.Name} {t.Type} {t.Shape}"));
}
