using Toolchain.Registry.Tests.Support;

namespace Toolchain.Registry.Tests;

public sealed class ArtifactTests : IDisposable
{
    private readonly TemporaryRegistry temporary = new();

    private ModelRegistry Registry => temporary.Registry;

    public void Dispose() => temporary.Dispose();

    [Fact]
    public void A_version_gains_an_artifact_and_keeps_the_others()
    {
        var version = temporary.Publish();
        var grown = Registry.AddArtifact(version, ArtifactKinds.Model, "model.onnx", Samples.Writes([1, 2, 3], Samples.Graph() with { Parity = new(1e-6, 1e-4) }));
        Assert.Equal(["graph.onnx", "probe.safetensors", "model.onnx"], grown.Manifest.Artifacts.Select(artifact => artifact.File));
        Assert.Equal(ManifestFile.Write(grown.Manifest), ManifestFile.Write(Registry.Resolve("mnist").Manifest));
        var (path, manifest) = grown.OpenArtifact("model");
        Assert.Equal([1, 2, 3], File.ReadAllBytes(path));
        Assert.Equal((3, 1e-6), (manifest.Bytes, manifest.Parity!.MaxAbsError));
        Assert.Equal("039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81", manifest.Sha256);
    }

    [Fact]
    public void The_same_bytes_again_bring_the_description_up_to_date_and_keep_what_was_measured()
    {
        var version = temporary.Publish();
        Registry.AddArtifact(version, "model", "model.onnx", Samples.Writes([1], Samples.Graph() with { Accuracy = 0.9 }));
        var again = Registry.AddArtifact(version, "model", "model.onnx", Samples.Writes([1], Samples.Graph() with { Parity = new(2e-6, 1e-4) }));
        var entry = Assert.Single(again.Manifest.Artifacts, artifact => artifact.File == "model.onnx");
        Assert.Equal((0.9, 2e-6), (entry.Accuracy, entry.Parity?.MaxAbsError));
    }

    [Fact]
    public void Other_bytes_under_the_same_name_are_refused_and_the_artifact_stays()
    {
        var version = Registry.AddArtifact(temporary.Publish(), "model", "model.onnx", Samples.Writes([1]));
        var refusal = Assert.Throws<ToolchainException>(() => Registry.AddArtifact(version, "model", "model.onnx", Samples.Writes([2])));
        Assert.Equal(ErrorKind.Usage, refusal.Kind);
        Assert.Contains("artifacts never change", refusal.Message, StringComparison.Ordinal);
        Assert.Equal([1], File.ReadAllBytes(Registry.Resolve("mnist").OpenArtifact("model").Path));
        Assert.Empty(Registry.Verify().Leftovers);
    }

    [Fact]
    public void A_writer_that_fails_adds_nothing()
    {
        var version = temporary.Publish();
        Assert.Throws<ToolchainException>(() => Registry.AddArtifact(version, "model", "model.onnx", path =>
        {
            File.WriteAllText(path, "rubbish");
            throw new ToolchainException(ErrorKind.Mismatch, "The exported model differs from the probe.");
        }));
        Assert.Equal(["graph.onnx", "manifest.json", "probe.safetensors"], temporary.Entries(Path.Combine("mnist", "1")));
        Assert.Null(Registry.Resolve("mnist").Manifest.Find("model"));
    }

    [Fact]
    public void A_disk_that_is_too_full_for_the_manifest_adds_nothing()
    {
        var version = temporary.Publish();
        File.CreateSymbolicLink(temporary.PathOf("mnist", "1", ".manifest.json.tmp"), "/dev/full");
        var failure = Assert.Throws<ToolchainException>(() => Registry.AddArtifact(version, "model", "model.onnx", Samples.Writes([1])));
        Assert.Contains("model mnist:1 is unchanged", failure.Message, StringComparison.Ordinal);
        Assert.Equal(["graph.onnx", "manifest.json", "probe.safetensors"], temporary.Entries(Path.Combine("mnist", "1")));
        Assert.Empty(Registry.Verify().Faults);
    }

    [Fact]
    public void Adding_to_a_version_that_was_removed_meanwhile_says_so()
    {
        var version = temporary.Publish();
        var refusal = Assert.Throws<ToolchainException>(() => Registry.AddArtifact(version, "model", "model.onnx", path =>
        {
            File.WriteAllText(path, "written while the version is removed");
            Registry.Remove(version.Reference);
            return new ArtifactDescription();
        }));
        Assert.Equal(ErrorKind.NotFound, refusal.Kind);
        Assert.Contains("mnist:1 was removed", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_artifacts_bytes_can_be_read_or_copied_and_are_what_was_published()
    {
        var version = temporary.Publish();
        var folder = Directory.CreateDirectory(temporary.PathOf(".copies")).FullName;

        Assert.Equal(File.ReadAllBytes(version.OpenArtifact("graph").Path), version.ReadArtifact("graph"));
        Assert.Equal(version.ReadArtifact("graph"), File.ReadAllBytes(version.CopyArtifact("graph", folder).Path));
        using var copy = new MemoryStream();
        version.CopyArtifact("graph", copy);
        Assert.Equal(version.ReadArtifact("graph"), copy.ToArray());
    }

    [Fact]
    public void A_changed_byte_is_found_when_the_artifact_is_opened()
    {
        var version = temporary.Publish();
        var path = temporary.PathOf("mnist", "1", "graph.onnx");
        var bytes = File.ReadAllBytes(path);
        bytes[100] ^= 1;
        File.WriteAllBytes(path, bytes);
        Damaged(version, $"its SHA-256 is {Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes))}, and the manifest says {version.Manifest.Find("graph")!.Sha256}");
    }

    [Fact]
    public void A_truncated_artifact_is_found_by_its_size()
    {
        var version = temporary.Publish();
        File.WriteAllBytes(temporary.PathOf("mnist", "1", "graph.onnx"), new byte[10]);
        Damaged(version, "it has 10 bytes, and the manifest says 5000");
    }

    [Fact]
    public void A_missing_artifact_is_bad_input()
    {
        var version = temporary.Publish();
        File.Delete(temporary.PathOf("mnist", "1", "graph.onnx"));
        Damaged(version, "the file is missing");
    }

    [Fact]
    public void Writing_the_same_bytes_again_repairs_a_damaged_artifact()
    {
        var version = temporary.Publish();
        File.WriteAllBytes(temporary.PathOf("mnist", "1", "graph.onnx"), new byte[10]);
        Registry.AddArtifact(version, "graph", "graph.onnx", Samples.Writes(Samples.Bytes(5_000)));
        Assert.Equal(5_000, Registry.Resolve("mnist").OpenArtifact("graph").Manifest.Bytes);
    }

    [Fact]
    public void An_unknown_artifact_is_answered_with_those_there_are()
    {
        var missing = Assert.Throws<ToolchainException>(() => temporary.Publish().OpenArtifact("model"));
        Assert.Equal(ErrorKind.NotFound, missing.Kind);
        Assert.Equal("Model mnist:1 has no artifact 'model'. It has: graph.onnx (graph), probe.safetensors (probe).", missing.Message);
    }

    private void Damaged(ModelVersion version, string reason)
    {
        var folder = Directory.CreateDirectory(temporary.PathOf(".copies")).FullName;
        foreach (var open in new Action[] { () => version.OpenArtifact("graph.onnx"), () => version.ReadArtifact("graph.onnx"), () => version.CopyArtifact("graph.onnx", folder), () => version.CopyArtifact("graph.onnx", Stream.Null) })
        {
            var damage = Assert.Throws<ToolchainException>(open);
            Assert.Equal(ErrorKind.BadInput, damage.Kind);
            Assert.Contains(reason, damage.Message, StringComparison.Ordinal);
        }
    }
}
