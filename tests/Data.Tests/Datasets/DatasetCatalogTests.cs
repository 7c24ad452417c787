namespace Toolchain.Data.Tests;

public sealed class DatasetCatalogTests
{
    [Fact]
    public void An_unknown_reference_is_a_usage_error_that_lists_the_known_ones()
    {
        var error = Assert.Throws<ToolchainException>(() => DatasetCatalog.Open("fashion-minst"));
        Assert.Equal(ErrorKind.Usage, error.Kind);
        Assert.Contains("'fashion-minst' is not known", error.Message, StringComparison.Ordinal);
        Assert.All(DatasetCatalog.Kinds, kind => Assert.Contains(kind.Usage, error.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("idx", "idx:DIR")]
    [InlineData("idx:", "idx:DIR")]
    [InlineData("fashion-mnist:/somewhere", "fashion-mnist")]
    public void A_reference_written_wrongly_says_how_it_is_written(string reference, string usage)
    {
        var error = Assert.Throws<ToolchainException>(() => DatasetCatalog.Open(reference));
        Assert.Equal(ErrorKind.Usage, error.Kind);
        Assert.EndsWith($"is written {usage}.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_environment_variable_says_where_installed_data_sets_are()
    {
        using var folder = new TemporaryFolder();
        IdxFiles.WriteSmall(folder.File("fashion-mnist"));
        var before = Environment.GetEnvironmentVariable(DatasetCatalog.RootVariable);
        try
        {
            Environment.SetEnvironmentVariable(DatasetCatalog.RootVariable, folder.Path);
            Assert.Equal(4, DatasetCatalog.Open("fashion-mnist").Train.Count);
        }
        finally
        {
            Environment.SetEnvironmentVariable(DatasetCatalog.RootVariable, before);
        }
    }

    [Fact]
    public void A_data_set_that_is_not_installed_says_how_to_install_it()
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<ToolchainException>(() => DatasetCatalog.Open("fashion-mnist", new() { Root = folder.Path }));
        Assert.Equal(ErrorKind.NotFound, error.Kind);
        Assert.Contains(folder.File("fashion-mnist/train-images-idx3-ubyte"), error.Message, StringComparison.Ordinal);
        Assert.Contains("apt-get install dataset-fashion-mnist", error.Message, StringComparison.Ordinal);
        Assert.Contains("eng/setup.sh", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Stored_images_get_the_size_that_was_asked_for_and_a_table_has_none()
    {
        using var folder = new TemporaryFolder();
        IdxFiles.WriteSmall(folder.Path);
        var (_, train, test) = DatasetCatalog.Open($"idx:{folder.Path}", new() { Size = (6, 9) });
        Assert.Equal((6, 9, 6, 9), (train.Height, train.Width, test.Height, test.Width));
        File.WriteAllText(folder.File("table.csv"), "x,y\n1,2\n3,4\n5,6\n");
        var error = Assert.Throws<ToolchainException>(() => DatasetCatalog.Open($"csv:{folder.File("table.csv")}", new() { Size = (6, 9) }));
        Assert.Equal(ErrorKind.Usage, error.Kind);
    }
}
