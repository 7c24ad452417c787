using TorchSharp;

// libtorch's threads and random numbers belong to the process, and some tests count all its tensors.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
[assembly: AssemblyFixture(typeof(Toolchain.Train.Tests.Support.Session))]

namespace Toolchain.Train.Tests.Support;

/// <summary>What all tests share: one computing thread, and folders of their own for files and for the user's cache.</summary>
public sealed class Session : IDisposable
{
    private static string? _folder;
    private static int _files;

    public Session()
    {
        _folder = Directory.CreateTempSubdirectory("train-tests-").FullName;
        Environment.SetEnvironmentVariable("XDG_CACHE_HOME", Path.Combine(_folder, "cache"));
        torch.set_num_threads(1);
    }

    /// <summary>A path that nothing uses yet; deleted when all tests have ended.</summary>
    public static string NewPath(string name) => Path.Combine(
        Directory.CreateDirectory(Path.Combine(_folder ?? throw new InvalidOperationException("The session has not begun."), $"{Interlocked.Increment(ref _files)}")).FullName, name);

    public void Dispose() => Directory.Delete(_folder!, recursive: true);
}
