namespace Toolchain.Data.Tests;

/// <summary>A folder of its own with images in class folders, and a cache beside it.</summary>
internal sealed class ImageFolder : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ImageFolder() => Directory.CreateDirectory(Path);

    public string Path => _folder.File("images");

    public string Cache => _folder.File("cache");

    public string Outside => Directory.CreateDirectory(_folder.File("outside")).FullName;

    public string Reference => $"folder:{Path}";

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => _folder.Dispose();

    public string Write(string name, byte[] content)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(File(name))!);
        System.IO.File.WriteAllBytes(File(name), content);
        return File(name);
    }

    /// <summary>An image of noise; the same for the same seed.</summary>
    public string WriteImage(string name, int seed, int height = 8, int width = 8, int channels = 3, ImageFormat format = ImageFormat.Png) =>
        Write(name, Samples.Encode(format, Samples.Noise(height * width * channels, seed), height, width, channels));

    /// <summary>Some images of noise in each class.</summary>
    public void WriteClasses(int perClass, params string[] classes)
    {
        for (var i = 0; i < classes.Length * perClass; i++)
            WriteImage($"{classes[i % classes.Length]}/{i:d3}.png", i);
    }

    public DatasetSplits Open(bool cached = true, bool skipBad = false, (int, int)? size = null, Action<string>? notice = null) =>
        DatasetCatalog.Open(Reference, new() { Cache = cached ? Cache : null, SkipBad = skipBad, Size = size, Notice = notice });

    /// <summary>What opening says is wrong.</summary>
    public string Fault(bool cached = true, bool skipBad = false)
    {
        var error = Assert.Throws<ToolchainException>(() => Open(cached, skipBad));
        Assert.Equal(ErrorKind.BadInput, error.Kind);
        return error.Message;
    }
}
