using System.Runtime.CompilerServices;
using Toolchain.Graphs.PyTorch.Zip;

namespace Toolchain.Graphs.Tests.PyTorch;

/// <summary>Files that PyTorch wrote (Fixtures/make.py), and archives around pickles of a test's own.</summary>
internal static class Fixture
{
    /// <summary>The path of a file in Fixtures.</summary>
    public static string Path(string name) => System.IO.Path.Combine(Folder(), name);

    /// <summary>A file's bytes.</summary>
    public static byte[] Bytes(string name) => File.ReadAllBytes(Path(name));

    /// <summary>An archive as <c>torch.save</c> makes it, with any pickle and storages.</summary>
    public static byte[] Archive(ReadOnlySpan<byte> pickle, params ReadOnlySpan<byte[]> storages)
    {
        using var stream = new MemoryStream();
        var zip = new ZipWriter(stream);
        zip.Add("archive/data.pkl", pickle);
        for (var i = 0; i < storages.Length; i++)
        {
            zip.Add($"archive/data/{i}", storages[i]);
        }

        zip.Add("archive/version", "3\n"u8);
        zip.Finish();
        return stream.ToArray();
    }

    /// <summary>The pickle in an archive of PyTorch's.</summary>
    public static byte[] Pickle(string name)
    {
        var bytes = Bytes(name);
        var entry = ZipDirectory.Read(new Files.MemorySource(bytes), new()).Find($"{System.IO.Path.GetFileNameWithoutExtension(name)}/data.pkl")!;
        return bytes[(int)entry.Start..(int)(entry.Start + entry.Length)];
    }

    private static string Folder([CallerFilePath] string source = "") => System.IO.Path.Combine(System.IO.Path.GetDirectoryName(source)!, "Fixtures");
}
