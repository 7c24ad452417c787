using System.Diagnostics;

namespace Toolchain.Data.Tests;

public sealed class RowCacheTests : IDisposable
{
    private readonly ImageFolder _folder = new();
    private readonly List<string> _notices = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Files_are_decoded_once()
    {
        _folder.WriteClasses(10, "a", "b");
        var first = Open();
        Assert.StartsWith("decoding 20 images of 3x8x8 into", _notices[0], StringComparison.Ordinal);
        _notices.Clear();
        var second = Open();
        Assert.Empty(_notices);
        Assert.Equal(first.Train.Pixels.ToArray(), second.Train.Pixels.ToArray());
        Assert.Single(Rows());
    }

    [Fact]
    public void Another_content_or_size_is_another_file_and_moved_files_are_the_same()
    {
        _folder.WriteClasses(5, "a", "b");
        Open();
        Open(size: (4, 4));
        Assert.Equal(2, Rows().Length);
        File.Move(Directory.GetFiles(_folder.File("a")).Order(StringComparer.Ordinal).Last(), _folder.File("a/zzz.png"));
        Open();
        Assert.Equal(2, Rows().Length);
        _folder.WriteImage("a/000.png", 77);
        var changed = Open();
        Assert.Equal(3, Rows().Length);
        Assert.Equal(Samples.Noise(192, 77), Assert.Single(Part("a/000.png", changed)).ToArray());
    }

    [Fact]
    public void A_file_that_was_cut_short_or_is_something_else_is_made_again()
    {
        _folder.WriteClasses(5, "a", "b");
        var expected = Open().Train.Pixels.ToArray();
        var path = Assert.Single(Rows());
        var bytes = File.ReadAllBytes(path);
        foreach (var damaged in new[] { bytes[..^1], [], "something else"u8.ToArray(), [.. bytes, 0] })
        {
            File.WriteAllBytes(path, damaged);
            Assert.Equal(expected, Open().Train.Pixels.ToArray());
            Assert.Equal(bytes, File.ReadAllBytes(path));
        }
    }

    [Fact]
    public void Files_that_are_as_they_were_are_not_read_again_and_others_are()
    {
        _folder.WriteClasses(5, "a", "b");
        var path = _folder.File("a/000.png");
        var hash = Open().Train.ContentHash;
        var bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, new byte[bytes.Length]);

        // What has just changed is read, whatever its time says.
        Assert.Contains("The data is not an image", _folder.Fault(), StringComparison.Ordinal);
        File.WriteAllBytes(path, bytes);
        foreach (var file in Directory.GetFiles(_folder.Path, "*.png", SearchOption.AllDirectories))
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow - TimeSpan.FromHours(1));
        Assert.Equal(hash, Open().Train.ContentHash);

        // Read again this file would be another one; its size and time say that it is not.
        var time = File.GetLastWriteTimeUtc(path);
        File.WriteAllBytes(path, new byte[bytes.Length]);
        File.SetLastWriteTimeUtc(path, time);
        Assert.Equal(hash, Open().Train.ContentHash);
        File.SetLastWriteTimeUtc(path, time + TimeSpan.FromMilliseconds(1));
        Assert.Contains("The data is not an image", _folder.Fault(), StringComparison.Ordinal);
        File.WriteAllBytes(Assert.Single(Directory.GetFiles(_folder.Cache, "*.files")), [0, 10, 9, 200]);
        Assert.Contains("The data is not an image", _folder.Fault(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_changed_byte_is_found_when_it_is_read()
    {
        _folder.WriteClasses(5, "a", "b");
        Open();
        var path = Assert.Single(Rows());
        var bytes = File.ReadAllBytes(path);
        bytes[RowCacheLayout.Start + (3 * 192) + 100] ^= 4;
        File.WriteAllBytes(path, bytes);
        var data = Open();
        var errors = new List<string>();
        foreach (var part in new[] { data.Train, data.Test })
        {
            for (var i = 0; i < part.Count; i++)
            {
                try
                {
                    _ = part.Image(i);
                }
                catch (ToolchainException e) when (e.Kind == ErrorKind.BadInput)
                {
                    errors.Add(e.Message);
                }
            }
        }

        Assert.Equal($"Cache file {path} is damaged in image 3. Delete it; it will be made again.", Assert.Single(errors));
    }

    [Fact]
    public void A_folder_that_cannot_be_written_says_what_to_do()
    {
        _folder.WriteClasses(3, "a", "b");
        File.WriteAllText(_folder.Cache, "a file in the way");
        var error = Assert.Throws<ToolchainException>(() => Open());
        Assert.Equal(ErrorKind.Unavailable, error.Kind);
        Assert.Contains("--cache off", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_disk_says_what_to_do_and_leaves_nothing_behind()
    {
        WriteLarge();
        using var writer = CacheFiller.StartLimited(1000, _folder.Reference, _folder.Cache);
        var lines = writer.StandardOutput.ReadToEnd();
        writer.WaitForExit();
        Assert.Contains("Unavailable: The decoded images cannot be kept in", lines, StringComparison.Ordinal);
        Assert.Contains("They take 6480064 bytes; make room, name another folder with --cache DIR, or decode them whenever they are read with --cache off.", lines, StringComparison.Ordinal);
        Assert.Empty(Rows());
        Assert.Empty(Directory.GetFiles(_folder.Cache, "*.tmp"));
    }

    [Fact]
    public void Cancelling_leaves_nothing_behind()
    {
        _folder.WriteClasses(20, "a", "b");
        using var cancellation = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => DatasetCatalog.Open(_folder.Reference, new() { Cache = _folder.Cache, Notice = _ => cancellation.Cancel(), Cancellation = cancellation.Token }));
        Assert.Empty(Rows());
        Assert.Empty(Directory.GetFiles(_folder.Cache, "*.tmp"));
    }

    [Fact]
    public void A_process_that_is_killed_while_it_writes_leaves_a_cache_that_others_complete()
    {
        WriteLarge();
        for (var round = 0; round < 2; round++)
        {
            using var writer = CacheFiller.Start(_folder.Reference, _folder.Cache);
            Assert.StartsWith("decoding", writer.StandardOutput.ReadLine(), StringComparison.Ordinal);
            SpinWait.SpinUntil(() => writer.HasExited || Written() > (round * 1_000_000) + 100_000);
            writer.Kill();
            writer.WaitForExit();
            Assert.Empty(Rows());
        }

        var data = Open();
        Assert.Equal(DatasetCatalog.Open(_folder.Reference, new() { Cache = null }).Train.Pixels.ToArray(), data.Train.Pixels.ToArray());
        Assert.Empty(Directory.GetFiles(_folder.Cache, "*.tmp"));
        Assert.Single(Rows());
    }

    [Fact]
    public void Of_two_processes_one_decodes_and_both_read()
    {
        WriteLarge();
        using var one = CacheFiller.Start(_folder.Reference, _folder.Cache);
        using var other = CacheFiller.Start(_folder.Reference, _folder.Cache);
        string[] lines = [.. Lines(one), .. Lines(other)];
        Assert.Single(lines, line => line.StartsWith("decoding", StringComparison.Ordinal));
        var hash = Open().Train.ContentHash;
        Assert.Equal(2, lines.Count(line => line == hash));
        Assert.Single(Rows());
    }

    [Fact]
    public void A_row_beyond_two_gibibytes_is_read()
    {
        const int Length = 1 << 20, Count = 3000, Far = 2900;
        Directory.CreateDirectory(_folder.Cache);
        var path = Path.Combine(_folder.Cache, "far.rows");
        var (row, layout) = (Samples.Noise(Length), new RowCacheLayout(Count, Length));
        var checksums = new uint[Count];
        checksums[Far] = CachedRows.Checksum(row);
        using (var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write))
        {
            RandomAccess.Write(file, row, RowCacheLayout.Start + ((long)Far * Length));
            RowCacheFile.WriteFrame(file, layout, checksums, new Dictionary<int, string>());
        }

        var rows = CachedRows.TryOpen(path, layout)!;
        Assert.Equal(row, rows.Row(Far).ToArray());
        Assert.Throws<ToolchainException>(() => rows.Row(Far - 1).Length);
        Assert.Equal(ErrorKind.Unavailable, Assert.Throws<ToolchainException>(() => rows.All()).Kind);
        var images = new ImageInputs(rows, new(1024, 1024, 1));
        Assert.Equal(row, images.Subset([Far, Far]).Image(1).ToArray());
        Assert.Null(CachedRows.TryOpen(path, layout with { Count = Count - 1 }));
    }

    [Fact]
    public void The_checksum_is_that_of_the_castagnoli_polynomial() => Assert.Equal(0xE3069283, CachedRows.Checksum("123456789"u8));

    [Fact]
    public void Batches_are_the_same_for_1_2_and_7_workers_with_and_without_a_cache()
    {
        _folder.WriteClasses(30, "a", "b", "c");
        var expected = Digest(Open().Train, 1);
        foreach (var workers in new[] { 1, 2, 7 })
        {
            Assert.Equal(expected, Digest(Open().Train, workers));
            Assert.Equal(expected, Digest(_folder.Open(cached: false).Train, workers));
        }
    }

    private static string Digest(Dataset data, int workers)
    {
        var loader = new BatchLoader(data, [.. Enumerable.Range(0, data.Count)], new()
        {
            BatchSize = 10,
            Shuffle = true,
            Seed = 3,
            Workers = workers,
            Augmentation = new() { Crop = new(2), Flip = new() },
        });
        var bytes = new List<byte>();
        foreach (var batch in loader.Epoch(2))
        {
            using (batch)
            {
                bytes.AddRange(batch.Pixels);
                bytes.AddRange(batch.Labels.ToArray().Select(label => (byte)label));
            }
        }

        return Convert.ToHexString([.. bytes]);
    }

    private DatasetSplits Open((int, int)? size = null) => _folder.Open(size: size, notice: _notices.Add);

    private string[] Rows() => Directory.Exists(_folder.Cache) ? Directory.GetFiles(_folder.Cache, "*.rows") : [];

    private static IEnumerable<ReadOnlyMemory<byte>> Part(string name, DatasetSplits data) => new[] { data.Train, data.Test }
        .SelectMany(part => Enumerable.Range(0, part.Count).Where(i => part.SampleNames[i] == name).Select(i => (ReadOnlyMemory<byte>)part.Image(i).ToArray()));

    private static string[] Lines(Process process)
    {
        var lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, process.StandardError.ReadToEnd());
        return lines;
    }

    // Enough that decoding takes a while.
    private void WriteLarge()
    {
        for (var i = 0; i < 24; i++)
            _folder.Write($"{(i % 2 == 0 ? "a" : "b")}/{i:d2}.webp", Samples.Encode(ImageFormat.WebP, Samples.Noise(300 * 300 * 3, i), 300, 300));
    }

    // How far into the unfinished file something has been written; its length is set at the beginning.
    private long Written()
    {
        var unfinished = Directory.GetFiles(_folder.Cache, "*.tmp");
        if (unfinished.Length == 0)
            return 0;
        using var file = new FileStream(unfinished[0], FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[3_000_000];
        return bytes.AsSpan(0, file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)).LastIndexOfAnyExcept((byte)0);
    }
}
