namespace Toolchain.Registry.Tests.Support;

/// <summary>A registry in a folder of its own, at a fixed time; deleted at the end.</summary>
internal sealed class TemporaryRegistry : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("registry-").FullName;

    public TemporaryRegistry()
    {
        Root = Path.Combine(folder, "models");
        Registry = new ModelRegistry(Root, new FixedTime(Samples.Noon));
    }

    public string Root { get; }

    public ModelRegistry Registry { get; }

    public ModelVersion Publish(string name = "mnist") => Samples.Publish(Registry, name);

    public string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>The names in a model's folder, hidden ones too, without lock files.</summary>
    public IReadOnlyList<string> Entries(string name) => [.. Directory
        .EnumerateFileSystemEntries(PathOf(name)).Select(path => Path.GetFileName(path)).Where(entry => entry != ".lock").Order(StringComparer.Ordinal)];

    public void Dispose() => Directory.Delete(folder, recursive: true);

    public sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
