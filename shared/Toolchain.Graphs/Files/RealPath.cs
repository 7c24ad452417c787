namespace Toolchain.Graphs.Files;

/// <summary>Paths without symbolic links.</summary>
internal static class RealPath
{
    // As many as Linux follows (path_resolution(7)).
    private const int MaxLinks = 40;

    /// <summary>The absolute path with every symbolic link in it resolved; parts that do not exist stay as they are.</summary>
    internal static string Of(string absolute)
    {
        var links = 0;
        var root = Path.GetPathRoot(absolute)!;
        var result = root;
        var rest = new Stack<string>(Parts(absolute, root));
        while (rest.TryPop(out var part))
        {
            var next = Path.GetFullPath(Path.Combine(result, part));
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                result = next;
                continue;
            }

            if (++links > MaxLinks)
            {
                throw new ToolchainException(ErrorKind.BadInput, $"'{absolute}' goes through more than {MaxLinks} symbolic links.");
            }

            if (Path.IsPathRooted(target))
            {
                (root, result) = (Path.GetPathRoot(target)!, Path.GetPathRoot(target)!);
            }

            foreach (var step in Parts(target, Path.IsPathRooted(target) ? root : ""))
            {
                rest.Push(step);
            }
        }

        return result;
    }

    private static IEnumerable<string> Parts(string path, string root) =>
        path[root.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries).Reverse();
}
