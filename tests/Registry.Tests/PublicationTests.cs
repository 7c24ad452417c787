using Toolchain.Registry.Tests.Support;

namespace Toolchain.Registry.Tests;

public sealed class PublicationTests : IDisposable
{
    private readonly TemporaryRegistry temporary = new();

    private ModelRegistry Registry => temporary.Registry;

    public void Dispose() => temporary.Dispose();

    [Fact]
    public void A_published_version_is_found_with_its_artifacts_in_the_documented_place()
    {
        var published = temporary.Publish();
        var found = Registry.Resolve("mnist:1");
        Assert.Equal(ManifestFile.Write(published.Manifest), ManifestFile.Write(found.Manifest));
        Assert.Equal(Samples.Noon, found.Manifest.Created);
        Assert.Equal(temporary.PathOf("mnist", "1", "graph.onnx"), found.OpenArtifact(ArtifactKinds.Graph).Path);
        Assert.Equal(["graph.onnx", "manifest.json", "probe.safetensors"], temporary.Entries(Path.Combine("mnist", "1")));
    }

    [Fact]
    public void External_weights_are_published_and_hashed_beside_their_graph()
    {
        using (var draft = Registry.NewVersion("mnist"))
        {
            draft.Add(ArtifactKinds.Graph, "graph.onnx", path =>
            {
                File.WriteAllBytes(path + ".data", [1, 2, 3]);
                return Samples.Writes([9], Samples.Graph())(path);
            });
            Assert.Equal(["graph.onnx.data", "graph.onnx"], draft.Artifacts.Select(artifact => artifact.File));
            draft.Publish(Samples.Manifest());
        }

        var version = Registry.Resolve("mnist");
        var data = version.Manifest.Find("graph.onnx.data")!;
        Assert.Equal((ArtifactKinds.Data, 3L, "039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81"), (data.Kind, data.Bytes, data.Sha256));
        Assert.Equal("graph.onnx", version.OpenArtifact(ArtifactKinds.Graph).Manifest.File);
        Assert.Equal(2, Registry.Verify().Artifacts);
        Assert.Empty(Registry.Verify().Faults);

        File.WriteAllBytes(temporary.PathOf("mnist", "1", "graph.onnx.data"), [1, 2, 4]);
        Assert.Contains("graph.onnx.data", Assert.Throws<ToolchainException>(() => version.OpenArtifact(ArtifactKinds.Graph)).Message, StringComparison.Ordinal);
        Assert.Single(Registry.Verify().Faults);
    }

    [Fact]
    public void Nobody_sees_a_draft_and_disposing_it_leaves_nothing()
    {
        using (var draft = Registry.NewVersion("mnist"))
        {
            draft.Add(ArtifactKinds.Graph, "graph.onnx", Samples.Writes([1]));
            Assert.Empty(Registry.List());
            Assert.StartsWith(".", Path.GetFileName(draft.Folder), StringComparison.Ordinal);
            Assert.Empty(Registry.Verify().Leftovers);
        }

        Assert.Empty(temporary.Entries("mnist"));
    }

    [Fact]
    public void A_writer_that_throws_leaves_nothing_and_its_exception_passes_through()
    {
        using (var draft = Registry.NewVersion("mnist"))
        {
            Assert.Throws<FormatException>(() => draft.Add("graph", "graph.onnx", path =>
            {
                File.WriteAllText(path, "half");
                throw new FormatException("mid-way");
            }));
        }

        Assert.Empty(temporary.Entries("mnist"));
    }

    [Fact]
    public void Versions_count_up_and_a_removed_number_is_not_given_again()
    {
        Assert.Equal([1, 2, 3], Enumerable.Range(0, 3).Select(_ => temporary.Publish().Version));
        Registry.Remove(ModelReference.Parse("mnist:3"));
        Registry.Remove(ModelReference.Parse("mnist:1"));
        Assert.Equal(4, temporary.Publish().Version);
        Assert.Equal([2, 4], Registry.List().Select(listing => listing.Version));
    }

    [Fact]
    public void Drafts_that_are_written_side_by_side_get_their_own_numbers()
    {
        using var first = Registry.NewVersion("mnist");
        using var second = Registry.NewVersion("mnist");
        first.Add("graph", "graph.onnx", Samples.Writes([1]));
        second.Add("graph", "graph.onnx", Samples.Writes([2]));
        Assert.Equal(1, second.Publish(Samples.Manifest()).Version);
        Assert.Equal(2, first.Publish(Samples.Manifest()).Version);
        Assert.Equal([2], File.ReadAllBytes(Registry.Resolve("mnist:1").OpenArtifact("graph").Path));
    }

    [Theory]
    [InlineData("../graph.onnx")]
    [InlineData("a/b")]
    [InlineData(".hidden")]
    [InlineData("manifest.json")]
    [InlineData("")]
    public void An_artifact_cannot_be_named_out_of_its_folder_or_as_the_manifest(string file)
    {
        using var draft = Registry.NewVersion("mnist");
        Assert.Equal(ErrorKind.Usage, Assert.Throws<ToolchainException>(() => draft.Add("graph", file, Samples.Writes([1]))).Kind);
    }

    [Fact]
    public void Two_artifacts_of_a_draft_cannot_have_one_name()
    {
        using var draft = Registry.NewVersion("mnist");
        draft.Add("graph", "graph.onnx", Samples.Writes([1]));
        Assert.Contains("another name", Assert.Throws<ToolchainException>(() => draft.Add("graph", "graph.onnx", Samples.Writes([1]))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_cannot_be_named_out_of_the_registry()
        => Assert.Equal(ErrorKind.Usage, Assert.Throws<ToolchainException>(() => Registry.NewVersion("../elsewhere")).Kind);

    [Fact]
    public void A_full_disk_says_so_and_nothing_is_published()
    {
        using (var draft = Registry.NewVersion("mnist"))
        {
            var failure = Assert.Throws<ToolchainException>(() => draft.Add("graph", "graph.onnx", path =>
            {
                // Linux's own full disk: every write to it fails with ENOSPC.
                File.CreateSymbolicLink(path, "/dev/full");
                File.WriteAllBytes(path, Samples.Bytes(10_000));
                return new ArtifactDescription();
            }));
            Assert.Equal(ErrorKind.Unavailable, failure.Kind);
            Assert.StartsWith($"Disk full while writing '{Path.Combine(draft.Folder, "graph.onnx")}'; nothing was published.", failure.Message, StringComparison.Ordinal);
        }

        Assert.Empty(temporary.Entries("mnist"));
    }

    [Fact]
    public void A_disk_that_fills_up_at_the_last_moment_publishes_nothing()
    {
        using (var draft = Registry.NewVersion("mnist"))
        {
            draft.Add("graph", "graph.onnx", Samples.Writes([1]));
            File.CreateSymbolicLink(Path.Combine(draft.Folder, "manifest.json"), "/dev/full");
            Assert.StartsWith("Disk full", Assert.Throws<ToolchainException>(() => draft.Publish(Samples.Manifest())).Message, StringComparison.Ordinal);
        }

        Assert.Empty(Registry.List());
        Assert.Empty(temporary.Entries("mnist"));
    }

    [Fact]
    public void A_registry_that_is_a_file_is_explained()
    {
        File.WriteAllText(temporary.Root, "not a folder");
        var failure = Assert.Throws<ToolchainException>(() => Registry.NewVersion("mnist"));
        Assert.Equal(ErrorKind.Unavailable, failure.Kind);
        Assert.Contains("nothing was published", failure.Message, StringComparison.Ordinal);
    }
}
