using Toolchain.Registry.Tests.Support;

namespace Toolchain.Registry.Tests;

public sealed class UpkeepTests : IDisposable
{
    private readonly TemporaryRegistry temporary = new();

    private ModelRegistry Registry => temporary.Registry;

    public void Dispose() => temporary.Dispose();

    [Fact]
    public void An_alias_protects_its_version_until_force_removes_both()
    {
        temporary.Publish();
        Registry.SetAlias("mnist", "production", 1);
        var refusal = Assert.Throws<ToolchainException>(() => Registry.Remove(ModelReference.Parse("mnist:1")));
        Assert.Equal(ErrorKind.Usage, refusal.Kind);
        Assert.Contains("mnist@production points to it", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(1, Registry.Remove(ModelReference.Parse("mnist@production"), force: true));
        Assert.Empty(Registry.List());
        Assert.Equal([".removed", "aliases.json"], temporary.Entries("mnist"));
        Assert.Empty(Registry.Verify().Faults);
    }

    [Fact]
    public void A_bare_name_does_not_say_what_to_remove()
    {
        temporary.Publish();
        Assert.Contains("mnist:NUMBER", Assert.Throws<ToolchainException>(() => Registry.Remove(ModelReference.Parse("mnist"))).Message, StringComparison.Ordinal);
        Assert.Single(Registry.List());
    }

    [Fact]
    public void A_version_whose_manifest_is_damaged_can_still_be_removed()
    {
        temporary.Publish();
        File.WriteAllText(temporary.PathOf("mnist", "1", "manifest.json"), "{");
        Assert.NotNull(Assert.Single(Registry.List()).Problem);
        Registry.Remove(ModelReference.Parse("mnist:1"));
        Assert.Empty(Registry.List());
    }

    [Fact]
    public void Verifying_reads_everything_and_names_every_fault()
    {
        temporary.Publish();
        temporary.Publish();
        temporary.Publish("cifar");
        Assert.Equal((3, 6, 3 * 5_600L), Counts(Registry.Verify()));
        Assert.Equal((1, 2, 5_600L), Counts(Registry.Verify(ModelReference.Parse("mnist:2"))));
        Assert.Empty(Registry.Verify().Faults);

        Registry.SetAlias("cifar", "production", 1);
        File.WriteAllText(temporary.PathOf("cifar", "aliases.json"), """{"production": 9}""");
        File.AppendAllText(temporary.PathOf("mnist", "1", "graph.onnx"), "x");
        File.WriteAllText(temporary.PathOf("mnist", "2", "manifest.json"), "{}");
        Assert.Collection(
            Registry.Verify().Faults,
            fault => Assert.Contains("cifar@production points to version 9", fault, StringComparison.Ordinal),
            fault => Assert.Contains("it has 5001 bytes, and the manifest says 5000", fault, StringComparison.Ordinal),
            fault => Assert.Contains("there is no schema_version", fault, StringComparison.Ordinal));
    }

    [Fact]
    public void A_damaged_alias_file_is_a_fault_and_hides_no_version()
    {
        temporary.Publish();
        File.WriteAllText(temporary.PathOf("mnist", "aliases.json"), """{"../x": 1}""");
        Assert.Contains("'../x' should be an alias and a version from 1, and is 1", Assert.Single(Registry.Verify().Faults), StringComparison.Ordinal);
        Assert.Contains("aliases.json", Assert.Single(Registry.List()).Problem, StringComparison.Ordinal);
        Assert.Equal(1, Registry.Resolve("mnist").Version);
    }

    [Fact]
    public void A_check_can_be_stopped()
    {
        temporary.Publish();
        Assert.Throws<OperationCanceledException>(() => Registry.Verify(cancellationToken: new CancellationToken(canceled: true)));
    }

    [Fact]
    public void Collection_deletes_what_the_dead_left_and_spares_the_living_and_what_people_put_there()
    {
        var version = temporary.Publish();
        using var living = Registry.NewVersion("mnist");
        living.Add("graph", "graph.onnx", Samples.Writes([1]));
        Directory.CreateDirectory(temporary.PathOf("mnist", ".new-dead"));
        File.WriteAllText(temporary.PathOf("mnist", ".new-dead", "graph.onnx"), "half");
        File.WriteAllText(temporary.PathOf("mnist", ".new-dead.owner"), "");
        Directory.CreateDirectory(temporary.PathOf("mnist", ".old-7"));
        File.WriteAllText(temporary.PathOf("mnist", ".aliases.json.tmp"), "{");
        Directory.CreateDirectory(temporary.PathOf("mnist", "1", ".add-dead"));
        File.WriteAllText(temporary.PathOf("mnist", "1", ".add-dead.owner"), "model.onnx");
        File.WriteAllText(temporary.PathOf("mnist", "1", "model.onnx"), "placed, but not listed");
        File.WriteAllText(temporary.PathOf("mnist", "1", ".manifest.json.tmp"), "{");
        File.WriteAllText(temporary.PathOf("mnist", "1", "notes.md"), "a person's");

        var report = Registry.Verify();
        Assert.Empty(report.Faults);
        var collected = Registry.CollectGarbage();
        Assert.Equal(report.Leftovers.Order(), collected.Removed.Order());
        Assert.Equal(6, collected.Removed.Count);
        Assert.Equal(4 + 1 + 22 + 1, collected.Bytes);
        Assert.Equal(["graph.onnx", "manifest.json", "notes.md", "probe.safetensors"], temporary.Entries(Path.Combine("mnist", "1")));
        Assert.Equal(["1", Path.GetFileName(living.Folder), Path.GetFileName(living.Folder) + ".owner"], temporary.Entries("mnist").Order(StringComparer.Ordinal).OrderBy(entry => entry != "1"));
        Assert.Equal(2, living.Publish(version.Manifest).Version);
        Assert.Empty(Registry.CollectGarbage().Removed);
    }

    [Fact]
    public void Collection_tidies_a_version_whose_manifest_is_damaged_and_deletes_no_artifact_of_it()
    {
        temporary.Publish();
        File.WriteAllText(temporary.PathOf("mnist", "1", "manifest.json"), "{");
        File.WriteAllText(temporary.PathOf("mnist", "1", ".add-dead.owner"), "graph.onnx");
        Registry.CollectGarbage();
        Assert.Equal(["graph.onnx", "manifest.json", "probe.safetensors"], temporary.Entries(Path.Combine("mnist", "1")));
    }

    [Fact]
    public void A_lock_that_stays_taken_is_given_up_with_its_path()
    {
        temporary.Publish();
        var path = temporary.PathOf("mnist", ".lock");
        using var held = FileLock.Take(path, TimeSpan.Zero);
        var refusal = Assert.Throws<ToolchainException>(() => FileLock.Take(path, TimeSpan.FromMilliseconds(20)));
        Assert.Equal(ErrorKind.Unavailable, refusal.Kind);
        Assert.Contains(path, refusal.Message, StringComparison.Ordinal);
    }

    private static (int, int, long) Counts(VerificationReport report) => (report.Versions, report.Artifacts, report.Bytes);
}
