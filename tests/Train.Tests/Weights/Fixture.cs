using System.Runtime.CompilerServices;

namespace Toolchain.Train.Tests.Weights;

/// <summary>Files that PyTorch wrote (Fixtures/make.py).</summary>
internal static class Fixture
{
    /// <summary>The network of the files, as options of <c>import-weights</c>.</summary>
    public static string[] Network { get; } = ["--network", "resblocks", "--set", "blocks=2", "--set", "width=4", "--input", "1x16x16"];

    /// <summary>The path of a file.</summary>
    public static string Path(string name) => System.IO.Path.Combine(Folder(), name);

    private static string Folder([CallerFilePath] string source = "") => System.IO.Path.Combine(System.IO.Path.GetDirectoryName(source)!, "Fixtures");
}
