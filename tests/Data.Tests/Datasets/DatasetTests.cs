using System.Security.Cryptography;

namespace Toolchain.Data.Tests;

public sealed class DatasetTests
{
    [Fact]
    public void The_content_hash_is_the_documented_SHA256()
    {
        byte[] documented = [2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, /* pixels */ 1, 2, 3, 4, /* labels */ 1, 0, 0, 0, 0, 0, 0, 0];
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(documented)), Dataset([1, 2, 3, 4], [1, 0]).ContentHash);
    }

    [Fact]
    public void Another_pixel_or_label_is_another_content_hash()
    {
        var hashes = new[] { Dataset([1, 2, 3, 4], [1, 0]), Dataset([1, 2, 3, 5], [1, 0]), Dataset([1, 2, 3, 4], [0, 0]) }.Select(dataset => dataset.ContentHash);
        Assert.Equal(3, hashes.Distinct().Count());
    }

    [Fact]
    public void A_negative_label_is_refused()
    {
        var error = Assert.Throws<ToolchainException>(() => Dataset([1, 2, 3, 4], [0, -1]));
        Assert.Contains("image 1 has label -1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pixels_that_are_not_as_many_as_the_shape_says_are_refused() => Assert.Throws<ArgumentException>(() => Dataset([1, 2, 3], [0, 1]));

    private static Dataset Dataset(byte[] pixels, int[] labels) => new("tiny", pixels, labels, height: 1, width: 2, channels: 1, ["a", "b"]);
}
