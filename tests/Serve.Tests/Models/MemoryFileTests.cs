using Toolchain.Runtime;

namespace Toolchain.Serve.Tests.Models;

public sealed class MemoryFileTests
{
    [Fact]
    public void What_is_written_is_what_is_read_and_what_programs_find_at_its_path()
    {
        using var file = Written([1, 2, 3]);
        file.Seal();

        Assert.Equal([1, 2, 3], file.Read().ToArray());
        Assert.Equal([1, 2, 3], File.ReadAllBytes(file.Path));
    }

    [Fact]
    public void Nobody_changes_it_once_it_is_sealed()
    {
        using var file = Written([1, 2, 3]);
        file.Seal();

        Assert.ThrowsAny<Exception>(() => File.WriteAllBytes(file.Path, [4]));
        Assert.ThrowsAny<Exception>(() => File.AppendAllBytes(file.Path, [4]));
        Assert.Equal([1, 2, 3], file.Read().ToArray());
    }

    [Fact]
    public void An_empty_one_has_no_content()
    {
        using var file = Written([]);
        Assert.True(file.Read().IsEmpty);
    }

    private static MemoryFile Written(byte[] content)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has files in memory.");
        var file = MemoryFile.TryCreate();
        Assert.NotNull(file);
        using var stream = file.Write();
        stream.Write(content);
        return file;
    }
}
