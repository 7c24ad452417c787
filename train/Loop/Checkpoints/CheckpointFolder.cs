namespace Toolchain.Train.Loop.Checkpoints;

/// <summary>
/// The training states in a run's folder, <c>state-&lt;step&gt;.safetensors</c>: the newest two, so that a file that a failing disk spoils costs an interval
/// and not the run.
/// </summary>
/// <param name="path">The folder; it exists.</param>
internal sealed class CheckpointFolder(string path)
{
    private const int Kept = 2;
    private const string Pattern = "state-*.safetensors";
    private const string Damaged = ".damaged";

    /// <summary>Whether there is a state to go on from.</summary>
    public bool IsEmpty => Files().Length == 0;

    /// <summary>Writes a state, and removes those that are older than the one before it.</summary>
    /// <returns>The file.</returns>
    /// <exception cref="ToolchainException">It cannot be written (<see cref="ErrorKind.Unavailable"/>); the states that are there stay.</exception>
    public string Save(Checkpoint checkpoint)
    {
        var file = Path.Combine(path, FormattableString.Invariant($"state-{checkpoint.State.Steps:d10}.safetensors"));
        checkpoint.Write(file);
        foreach (var old in Files().SkipLast(Kept))
        {
            File.Delete(old);
        }

        return file;
    }

    /// <summary>The newest state that can be read; null when there is none, which is where every training begins.</summary>
    /// <param name="warn">Is told of files that are damaged. They get another name, or they would count as the newest for ever.</param>
    /// <exception cref="ToolchainException">The newest state is another toolchain's (<see cref="ErrorKind.Mismatch"/>).</exception>
    public Checkpoint? Latest(Action<string> warn)
    {
        string[] files = [.. Files().Reverse()];
        for (var i = 0; i < files.Length; i++)
        {
            try
            {
                return Checkpoint.Read(files[i]);
            }
            catch (ToolchainException damage) when (damage.Kind == ErrorKind.BadInput)
            {
                var next = i + 1 < files.Length ? "The state before it is taken." : "There is no other state, so the training begins again.";
                warn($"{damage.Message} {next} The file is now '{Path.GetFileName(files[i])}{Damaged}'.");
                File.Move(files[i], files[i] + Damaged, overwrite: true);
            }
        }

        return null;
    }

    /// <summary>Removes what a process that was killed while it wrote has left.</summary>
    public void RemoveLeftovers()
    {
        foreach (var file in Directory.GetFiles(path, ".*.tmp").Concat(Directory.GetFiles(path, "*.new")))
        {
            File.Delete(file);
        }
    }

    private string[] Files() => [.. Directory.GetFiles(path, Pattern).Order(StringComparer.Ordinal)];
}
