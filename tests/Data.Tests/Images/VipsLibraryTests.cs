namespace Toolchain.Data.Tests;

public sealed class VipsLibraryTests
{
    [Fact]
    public void A_missing_library_says_where_it_should_be_and_how_to_get_it()
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<ToolchainException>(() => VipsLibrary.Load(folder.Path));
        Assert.Equal(ErrorKind.Unavailable, error.Kind);
        Assert.Contains(folder.File("libvips-cpp.so"), error.Message, StringComparison.Ordinal);
        Assert.Contains("eng/setup.sh", error.Message, StringComparison.Ordinal);
    }
}
