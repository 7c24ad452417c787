using Toolchain.Data;
using Toolchain.Registry.Cli;

namespace Toolchain.Train.Loop;

/// <summary>Tells a person which files of a data set were left out.</summary>
internal static class SkippedFiles
{
    private const int Listed = 20;

    /// <summary>Lists the files as warnings; nothing when there are none.</summary>
    public static void Warn(this DatasetSplits data, CommandConsole console)
    {
        if (data.Skipped.IsEmpty)
        {
            return;
        }

        console.Warn($"{data.Reference}: left out {Display.Count(data.Skipped.Length, "unreadable file")}");
        foreach (var file in data.Skipped.Take(Listed))
        {
            console.Warn(file);
        }

        if (data.Skipped.Length > Listed)
        {
            console.Warn($"… and {data.Skipped.Length - Listed} more");
        }
    }
}
