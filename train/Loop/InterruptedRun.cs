using Toolchain.Registry;
using Toolchain.Train.Execution;

namespace Toolchain.Train.Loop;

/// <summary>Where to go on with a run: in its folder, or, of an ensemble, in the folder of the member that it has come to.</summary>
/// <param name="Spec">What the run was asked to do.</param>
/// <param name="Path">The folder of the last member that was begun.</param>
/// <param name="Folder">That folder, held for this process; null when its training has come to its end. The caller disposes it.</param>
/// <param name="Earlier">The folders of the members that have ended.</param>
internal sealed record InterruptedRun(RunSpec Spec, string Path, RunFolder? Folder, IReadOnlyList<string> Earlier)
{
    /// <summary>Whether nothing is left to do.</summary>
    public bool IsFinished => Folder is null && Earlier.Count == Spec.Members;

    /// <summary>Finds where to go on.</summary>
    /// <param name="path">The folder of the run, or of one member.</param>
    /// <exception cref="ToolchainException">There is no such run, it is damaged, or another process is at work on it.</exception>
    public static InterruptedRun Find(string path)
    {
        var folder = RunFolder.Open(path);
        try
        {
            var spec = RunSpec.Read(path);
            string[] earlier = [.. spec.Earlier.Select(name => System.IO.Path.Combine(Beside(path), name))];
            if (!RunResult.Read(path).IsFinished)
            {
                return new(spec, path, folder, earlier);
            }

            folder.Dispose();
            return Successor(path, spec) is { } next ? Find(next) : new(spec, path, null, [.. earlier, path]);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Checks that what is left can only come out as if nothing had happened.</summary>
    /// <param name="warn">Is told what differs without being certain to matter.</param>
    /// <exception cref="ToolchainException">The engine or the processor is another (<see cref="ErrorKind.Mismatch"/>).</exception>
    public void RequireSameMachinery(Action<string> warn)
    {
        var problems = new List<string>();
        if (Spec.Engine != TorchDevice.Engine)
        {
            problems.Add($"the engine was {Spec.Engine.Name} {Spec.Engine.Version} and is {TorchDevice.Engine.Name} {TorchDevice.Engine.Version}");
        }

        if (Spec.Processor.Instructions != HostProcessor.Current.Instructions)
        {
            problems.Add($"the processor had '{Spec.Processor.Instructions}' and has '{HostProcessor.Current.Instructions}'");
        }

        if (problems.Count > 0)
        {
            throw new ToolchainException(ErrorKind.Mismatch, $"Run '{Path}' cannot go on here as if it had not been interrupted: {string.Join("; ", problems)}. Go on where it began, or begin it anew with train run.");
        }

        if (Spec.Processor.Name != HostProcessor.Current.Name)
        {
            warn($"run '{Path}' began on {Spec.Processor.Name} and goes on on {HostProcessor.Current.Name}, which has the same instructions");
        }

        if (Spec.Tool != ToolSpec.Current)
        {
            warn($"run '{Path}' was begun by toolchain {Spec.Tool.Version} {Spec.Tool.Commit}, and this is {ToolSpec.Current.Version} {ToolSpec.Current.Commit}");
        }
    }

    // The run of the next member names those before it.
    private static string? Successor(string path, RunSpec spec)
    {
        if (spec.Member == spec.Members)
        {
            return null;
        }

        string[] names = [.. spec.Earlier, System.IO.Path.GetFileName(System.IO.Path.TrimEndingDirectorySeparator(path))];
        return Directory.GetDirectories(Beside(path))
            .Where(static d => File.Exists(System.IO.Path.Combine(d, RunSpec.FileName)))
            .Order(StringComparer.Ordinal)
            .LastOrDefault(d => RunSpec.Read(d).Earlier.SequenceEqual(names));
    }

    private static string Beside(string path) => System.IO.Path.GetDirectoryName(System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path)))!;
}
