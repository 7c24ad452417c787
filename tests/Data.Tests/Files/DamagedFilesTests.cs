using System.Diagnostics;

namespace Toolchain.Data.Tests;

/// <summary>Every kind of damage that a folder of images can have: without leave it stops with the path, with leave it is counted and the rest is read.</summary>
public sealed class DamagedFilesTests : IDisposable
{
    private readonly ImageFolder _folder = new();

    public DamagedFilesTests() => _folder.WriteClasses(6, "a", "b");

    public static TheoryData<string, byte[]> Damages
    {
        get
        {
            var jpeg = ImageEncoder.Jpeg(Samples.Noise(64 * 64 * 3), 64, 64, 3);
            var png = ImageEncoder.Png(Samples.Noise(64 * 64 * 3), 64, 64, 3);
            return new()
            {
                { "cut.jpg", jpeg[..(jpeg.Length / 2)] },
                { "cut.png", png[..(png.Length / 2)] },
                { "header.png", png[..20] },
                { "empty.png", [] },
                { "text.png", "this is no picture"u8.ToArray() },
                { "page.jpg", "<html></html>"u8.ToArray() },
                { "notes.txt", "a note"u8.ToArray() },
                { "bomb.png", PngBytes.Bomb(60_000, 60_000) },
                { "large.tif", [.. "II*\0"u8, .. Enumerable.Repeat((byte)0xff, 60)] },
            };
        }
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Damages))]
    public void A_bad_file_stops_with_its_path(string name, byte[] content)
    {
        var path = _folder.Write($"b/{name}", content);
        var message = _folder.Fault();
        Assert.Contains($"{path}: ", message, StringComparison.Ordinal);
        Assert.Contains("--skip-bad", message, StringComparison.Ordinal);
        Assert.Contains("1 problem.", message, StringComparison.Ordinal);

        // A cache that was made remembers the damage.
        Assert.Equal(message, _folder.Fault());
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public void A_bad_file_is_left_out_and_listed_when_that_is_asked_for(string name, byte[] content)
    {
        var path = _folder.Write($"a/{name}", content);
        foreach (var cached in new[] { true, true, false })
        {
            var data = _folder.Open(cached, skipBad: true);
            Assert.StartsWith($"{path}: ", Assert.Single(data.Skipped), StringComparison.Ordinal);
            Assert.Equal(12, data.Train.Count + data.Test.Count);
            Assert.DoesNotContain(data.Train.SampleNames, sample => sample.Contains(name, StringComparison.Ordinal));
            Assert.Equal((8, 8), (data.Train.Height, data.Train.Width));
            for (var i = 0; i < data.Train.Count; i++)
                Assert.Equal(192, data.Train.Image(i).Length);
        }
    }

    [Fact]
    public void All_bad_files_are_named_at_once()
    {
        _folder.Write("a/x.png", []);
        _folder.Write("b/y.png", [1, 2, 3]);
        var message = _folder.Fault();
        Assert.Contains("2 problems", message, StringComparison.Ordinal);
        Assert.Contains($"{_folder.File("a/x.png")}: it is empty (0 bytes)", message, StringComparison.Ordinal);
        Assert.Contains($"{_folder.File("b/y.png")}: The data is not an image: it begins with 010203", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_cache_a_file_that_is_cut_short_stops_the_batch_that_needs_it_with_its_path()
    {
        var jpeg = ImageEncoder.Jpeg(Samples.Noise(192), 8, 8, 3);
        _folder.Write("a/cut.jpg", jpeg[..^40]);
        var data = _folder.Open(cached: false);
        var all = new[] { data.Train, data.Test }.Single(part => part.SampleNames.Contains(Path.Combine("a", "cut.jpg")));
        foreach (var workers in new[] { 1, 3 })
        {
            var loader = new BatchLoader(all, [.. Enumerable.Range(0, all.Count)], new() { BatchSize = 1, Workers = workers });
            var good = 0;
            var error = Assert.Throws<ToolchainException>(() =>
            {
                foreach (var batch in loader.Epoch(0))
                {
                    batch.Dispose();
                    good++;
                }
            });
            Assert.Equal((ErrorKind.BadInput, all.SampleNames.IndexOf(Path.Combine("a", "cut.jpg"))), (error.Kind, good));
            Assert.StartsWith($"{_folder.File("a/cut.jpg")}: ", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_file_that_vanishes_after_opening_is_named()
    {
        var train = _folder.Open(cached: false).Train;
        var path = _folder.File(train.SampleNames[0]);
        File.Delete(path);
        var error = Assert.Throws<ToolchainException>(() => train.Image(0).Length);
        Assert.StartsWith($"{path}: it cannot be read", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_named_like_an_image_is_a_folder()
    {
        Directory.CreateDirectory(_folder.File("a/x.png"));
        Assert.Equal(12, _folder.Open().Train.Count + _folder.Open().Test.Count);
        _folder.WriteImage("a/x.png/in.png", 50);
        Assert.Equal(13, _folder.Open().Train.Count + _folder.Open().Test.Count);
    }

    [Fact]
    public void Hidden_files_and_files_beside_the_classes_are_not_looked_at()
    {
        _folder.Write("a/.DS_Store", [0]);
        _folder.Write("a/Thumbs.db", [0]);
        _folder.Write("b/desktop.ini", [0]);
        _folder.Write(".git/config", [0]);
        _folder.Write("README.md", [0]);
        Assert.Empty(_folder.Open().Skipped);
    }

    [Fact]
    public void A_file_that_may_not_be_read_is_named()
    {
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "root may read everything");
        using var shell = Process.Start("chmod", ["000", _folder.WriteImage("a/secret.png", 70)]);
        shell.WaitForExit();
        Assert.Contains($"{_folder.File("a/secret.png")}: it cannot be read", _folder.Fault(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_that_is_not_utf8_is_named_as_far_as_it_can_be()
    {
        using var shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "cp \"$0\" \"$(dirname \"$0\")/$(printf 'na\\377me').png\"", Directory.GetFiles(_folder.File("a"))[0]]))!;
        shell.WaitForExit();
        Assert.Equal(0, shell.ExitCode);
        Assert.Contains("its name is not UTF-8; rename it", _folder.Fault(), StringComparison.Ordinal);
        Assert.Single(_folder.Open(skipBad: true).Skipped);

        // .NET cannot delete it either.
        using var remover = Process.Start("rm", ["-r", _folder.File("a")]);
        remover.WaitForExit();
    }

    [Fact]
    public void Names_with_anything_in_them_are_read()
    {
        string[] names = ["with space.png", "ümläut–🙂.png", "line\nbreak.png", "UPPER.PNG", "tab\there.png", "quote'\".png", "comma,semi;.png", "#hash.png", "%41.png", "-dash.png", " .png"];
        foreach (var (i, name) in names.Index())
            _folder.WriteImage($"кл асс/{name}", 50 + i);
        var data = _folder.Open();
        Assert.Equal(names.Order(StringComparer.Ordinal), data.Train.SampleNames.Concat(data.Test.SampleNames).Where(name => name.StartsWith("кл асс", StringComparison.Ordinal)).Select(name => Path.GetFileName(name)).Order(StringComparer.Ordinal));
        foreach (var part in new[] { data.Train, data.Test })
        {
            for (var i = 0; i < part.Count; i++)
                Assert.Equal(Samples.Decode(File.ReadAllBytes(_folder.File(part.SampleNames[i])), 3, 8, 8), part.Image(i).ToArray());
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 20_000)]
    [InlineData(20_000, 1)]
    public void An_image_of_any_proportions_is_resized(int height, int width)
    {
        _folder.WriteImage("a/odd.png", 60, height, width);
        var data = _folder.Open();
        Assert.Equal((8, 8), (data.Train.Height, data.Train.Width));
        Assert.Equal(13, data.Train.Count + data.Test.Count);
    }

    [Fact]
    public void A_pipe_is_not_waited_for()
    {
        using var shell = Process.Start("mkfifo", [_folder.File("a/pipe.png")]);
        shell.WaitForExit();
        Assert.Contains($"{_folder.File("a/pipe.png")}: it is empty", _folder.Fault(), StringComparison.Ordinal);
    }

    [Fact]
    public void Links_within_the_folder_are_followed()
    {
        File.CreateSymbolicLink(_folder.File("a/link.png"), Directory.GetFiles(_folder.File("b"))[0]);
        Assert.Equal(13, _folder.Open().Train.Count + _folder.Open().Test.Count);
    }

    [Theory]
    [InlineData("a/self", "a/self", "nowhere or in a circle")]
    [InlineData("a/up", "..", "leads back to a folder that it lies in")]
    [InlineData("a/here", ".", "leads back to a folder that it lies in")]
    [InlineData("a/gone.png", "nothing.png", "nowhere or in a circle")]
    public void A_link_that_leads_nowhere_or_round_in_a_circle_is_named(string link, string target, string fault)
    {
        File.CreateSymbolicLink(_folder.File(link), target == link ? _folder.File(target) : target);
        Assert.Contains($"{_folder.File(link)}: the link {(fault.StartsWith("nowhere", StringComparison.Ordinal) ? "leads " : "")}{fault}", _folder.Fault(), StringComparison.Ordinal);
        Assert.Equal(12, _folder.Open(skipBad: true).Train.Count + _folder.Open(skipBad: true).Test.Count);
    }

    [Fact]
    public void Two_folders_that_link_to_each_other_end()
    {
        File.CreateSymbolicLink(_folder.File("a/to-b"), _folder.File("b"));
        File.CreateSymbolicLink(_folder.File("b/to-a"), _folder.File("a"));
        Assert.Contains("leads back to a folder that it lies in", _folder.Fault(), StringComparison.Ordinal);
    }

    [Fact]
    public void Links_that_leave_the_folder_are_named()
    {
        File.WriteAllBytes(Path.Combine(_folder.Outside, "x.png"), ImageEncoder.Png(Samples.Noise(192), 8, 8, 3));
        File.CreateSymbolicLink(_folder.File("a/out.png"), Path.Combine(_folder.Outside, "x.png"));
        Directory.CreateSymbolicLink(_folder.File("b/away"), _folder.Outside);
        var message = _folder.Fault();
        Assert.Contains($"{_folder.File("a/out.png")}: the link leads out of {_folder.Path}", message, StringComparison.Ordinal);
        Assert.Contains($"{_folder.File("b/away")}: the link leads out of {_folder.Path}", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_classes_with_one_or_with_an_empty_one_is_told()
    {
        Directory.Delete(_folder.File("b"), recursive: true);
        Assert.Contains("has one sub-folder, a; there must be one per class, and at least two", _folder.Fault(), StringComparison.Ordinal);
        Directory.CreateDirectory(_folder.File("b"));
        Assert.Contains($"{_folder.File("b")} has no file", _folder.Fault(skipBad: true), StringComparison.Ordinal);
        _folder.Write("b/x.png", []);
        Assert.Contains("no readable training image is left of b", _folder.Fault(skipBad: true), StringComparison.Ordinal);
        Directory.Delete(_folder.File("a"), recursive: true);
        Directory.Delete(_folder.File("b"), recursive: true);
        Assert.Contains("has no sub-folder", _folder.Fault(), StringComparison.Ordinal);
        Directory.Delete(_folder.Path);
        Assert.Equal(ErrorKind.NotFound, Assert.Throws<ToolchainException>(() => _folder.Open()).Kind);
    }

    [Fact]
    public void A_class_that_only_the_test_images_have_is_named()
    {
        foreach (var name in new[] { "train/a/1.png", "train/b/2.png", "test/a/3.png", "test/c/4.png" })
            _folder.WriteImage(name, 1);
        Directory.Delete(_folder.File("a"), recursive: true);
        Directory.Delete(_folder.File("b"), recursive: true);
        Assert.Contains($"{_folder.File("test/c")} is a class that the training images do not have; they have a, b", _folder.Fault(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_larger_than_images_may_be_is_not_read()
    {
        using (var file = File.Create(_folder.File("a/huge.png")))
            file.SetLength(3L << 30);
        Assert.Contains($"{_folder.File("a/huge.png")}: it has 3221225472 bytes; the limit is {ImageLimits.Default.MaxBytes}", _folder.Fault(), StringComparison.Ordinal);
    }
}
