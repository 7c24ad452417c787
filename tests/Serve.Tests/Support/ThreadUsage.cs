using System.Globalization;

namespace Toolchain.Serve.Tests.Support;

/// <summary>A thread of a process (proc_pid_stat(5)).</summary>
/// <param name="Name">Its name, of which the system keeps 15 characters.</param>
/// <param name="Niceness">How much it yields to others.</param>
internal sealed record ThreadUsage(string Name, int Niceness)
{
    private const int NicenessField = 16;

    /// <summary>Those of a process at this moment.</summary>
    public static IReadOnlyList<ThreadUsage> Of(int process) => [.. Directory.GetDirectories(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/task")).Select(Read).OfType<ThreadUsage>()];

    private static ThreadUsage? Read(string folder)
    {
        try
        {
            // The name, the second field, is in parentheses and may have any characters.
            var stat = File.ReadAllText(Path.Combine(folder, "stat"));
            var (opening, closing) = (stat.IndexOf('('), stat.LastIndexOf(')'));
            return new(stat[(opening + 1)..closing], int.Parse(stat[(closing + 2)..].Split(' ')[NicenessField], CultureInfo.InvariantCulture));
        }
        catch (IOException)
        {
            // It has ended.
            return null;
        }
    }
}
