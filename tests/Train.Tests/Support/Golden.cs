using System.Runtime.CompilerServices;

namespace Toolchain.Train.Tests.Support;

/// <summary>Compares text with a committed file; <c>GOLDEN=write</c> in the environment rewrites the file instead.</summary>
internal static class Golden
{
    public static void Matches(string file, string actual)
    {
        var path = Path.Combine(Folder(), file);
        if (Environment.GetEnvironmentVariable("GOLDEN") == "write")
        {
            File.WriteAllText(path, actual);
        }

        Assert.Equal(File.ReadAllText(path), actual);
    }

    private static string Folder([CallerFilePath] string source = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(source)!, "../Golden"));
}
