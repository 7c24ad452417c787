namespace Toolchain.Data.Tests;

public sealed class IdxFolderTests : IDisposable
{
    private const string TrainImages = "train-images-idx3-ubyte";
    private const string TrainLabels = "train-labels-idx1-ubyte";

    private readonly TemporaryFolder _folder = new();

    public IdxFolderTests() => IdxFiles.WriteSmall(_folder.Path);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Plain_and_gzipped_files_are_read_alike()
    {
        var (reference, train, test) = Open();
        Assert.Equal($"idx:{_folder.Path}", reference);
        Assert.Equal((4, 2, 3, 1), (train.Count, train.Height, train.Width, train.Channels));
        Assert.Equal([6, 7, 8, 9, 10, 11], train.Image(1).ToArray());
        Assert.Equal([0, 1, 2, 1], train.Labels.ToArray());
        Assert.Equal([6, 7, 8, 9, 10, 11], test.Image(1).ToArray());
        Assert.Equal([2, 0], test.Labels.ToArray());
    }

    [Fact]
    public void Labels_are_named_by_their_numbers_without_a_labels_file() => Assert.Equal(["0", "1", "2"], Open().Train.ClassNames);

    [Fact]
    public void A_labels_file_names_the_classes()
    {
        Write("labels.txt", "hat\n shoe \nbag\n\n"u8.ToArray());
        Assert.Equal(["hat", "shoe", "bag"], Open().Test.ClassNames);
    }

    [Fact]
    public void A_label_out_of_range_names_the_image_the_label_and_the_range()
    {
        Write("labels.txt", "0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n"u8.ToArray());
        Write(TrainLabels, IdxFiles.Bytes([4], [0, 1, 10, 1]));
        AssertFails(ErrorKind.BadInput, "image 2 has label 10", "10 classes are numbered 0 to 9");
    }

    [Fact]
    public void Fewer_labels_than_images_gives_both_counts()
    {
        Write(TrainLabels, IdxFiles.Bytes([3], [0, 1, 2]));
        AssertFails(ErrorKind.BadInput, TrainLabels, "3 labels", "4 images");
    }

    [Fact]
    public void Training_and_test_images_of_different_sizes_are_refused()
    {
        Write(TrainImages, IdxFiles.Bytes([4, 3, 2], IdxFiles.Counting(24)));
        AssertFails(ErrorKind.BadInput, "training images are 3×2", "test images 2×3");
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        File.Delete(_folder.File(TrainLabels));
        AssertFails(ErrorKind.NotFound, _folder.File(TrainLabels), "t10k-labels-idx1-ubyte");
    }

    [Fact]
    public void A_wrong_magic_number_is_shown_beside_the_right_one()
    {
        Write(TrainImages, IdxFiles.Bytes([4], IdxFiles.Counting(24)));
        AssertFails(ErrorKind.BadInput, _folder.File(TrainImages), "begins with 0x00000801", "begins with 0x00000803");
    }

    [Theory]
    [InlineData(0, "takes 16 bytes, but the file ends after 0")]
    [InlineData(10, "takes 16 bytes, but the file ends after 10")]
    [InlineData(16, "announces 4 × 2 × 3 = 24 bytes, but 0 follow")]
    [InlineData(39, "announces 4 × 2 × 3 = 24 bytes, but 23 follow")]
    [InlineData(41, "announces 4 × 2 × 3 = 24 bytes, but more follow")]
    public void A_file_of_the_wrong_length_gives_expected_and_found_bytes(int length, string fault)
    {
        var bytes = IdxFiles.Bytes([4, 2, 3], IdxFiles.Counting(24));
        Array.Resize(ref bytes, length);
        Write(TrainImages, bytes);
        AssertFails(ErrorKind.BadInput, _folder.File(TrainImages), fault);

        File.Delete(_folder.File(TrainImages));
        Write(TrainImages + ".gz", IdxFiles.Gzip(bytes));
        AssertFails(ErrorKind.BadInput, _folder.File(TrainImages + ".gz"), fault);
    }

    [Fact]
    public void A_gzip_file_cut_short_says_how_far_it_was_readable()
    {
        var noise = new byte[40_000];
        new Random(1).NextBytes(noise);
        var gzip = IdxFiles.Gzip(IdxFiles.Bytes([10_000, 2, 2], noise));
        File.Delete(_folder.File(TrainImages));
        Write(TrainImages + ".gz", gzip[..(gzip.Length / 2)]);
        AssertFails(ErrorKind.BadInput, _folder.File(TrainImages + ".gz"), "10000 × 2 × 2 = 40000 bytes, but ", " follow");
    }

    [Fact]
    public void Damaged_gzip_data_is_an_error()
    {
        var gzip = IdxFiles.Gzip(IdxFiles.Bytes([4, 2, 3], IdxFiles.Counting(24)));
        gzip[^6] ^= 0xff; // in the checksum
        File.Delete(_folder.File(TrainImages));
        Write(TrainImages + ".gz", gzip);
        AssertFails(ErrorKind.BadInput, _folder.File(TrainImages + ".gz"), "gzip data is damaged");
    }

    [Theory]
    [InlineData(4_000_000_000, 28, 28, "dimension 0 in its header is 4000000000")]
    [InlineData(4, 0, 28, "dimension 1 in its header is 0")]
    [InlineData(2_000_000_000, 2_000_000_000, 2_000_000_000, "more than the 2147483591 that fit")]
    [InlineData(1_000_000, 28, 28, "784000000 bytes, but 24 follow")]
    public void A_hostile_header_is_refused_before_memory_is_taken(uint count, uint height, uint width, string fault)
    {
        var bytes = IdxFiles.Bytes([count, height, width], IdxFiles.Counting(24));
        File.Delete(_folder.File(TrainImages));
        Write(TrainImages + ".gz", IdxFiles.Gzip(bytes));
        Allocated.AtMost(1_000_000, () => AssertFails(ErrorKind.BadInput, fault));
    }

    private DatasetSplits Open() => DatasetCatalog.Open($"idx:{_folder.Path}");

    private void Write(string name, byte[] bytes) => File.WriteAllBytes(_folder.File(name), bytes);

    private void AssertFails(ErrorKind kind, params string[] fragments)
    {
        var error = Assert.Throws<ToolchainException>(Open);
        Assert.Equal(kind, error.Kind);
        Assert.All(fragments, fragment => Assert.Contains(fragment, error.Message, StringComparison.Ordinal));
    }
}
