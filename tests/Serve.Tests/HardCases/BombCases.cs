using System.Buffers.Binary;
using System.IO.Compression;
using System.Net;
using System.Text;
using Toolchain.Data;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests.HardCases;

/// <summary>Bodies that are small on the wire and huge in memory, or broken.</summary>
[Collection(nameof(AttackedServer))]
public sealed class BombCases(AttackedServer attacked)
{
    private const string Infer = "/v2/models/echo/infer";
    private const string Classify = "/v1/models/fashion/classify";
    private const int BombBytes = 200 << 20;

    // The server may keep buffers of bodies and decoders, but nothing in proportion to what a bomb would unfold to.
    // What eight requests may have in memory at once, each with a body of 4 MB on its way from one buffer into a larger one; the bombs would take 1.6 GB.
    private const long Kept = 150 << 20;

    private static readonly byte[] Right = Encoding.UTF8.GetBytes(Bodies.Json("input", [1, 4], [1, 2, 3, 4]));

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public async Task A_compressed_bomb_gets_413_and_costs_no_memory(string encoding)
    {
        var bomb = Codings.Compress(encoding, stream =>
        {
            for (var written = 0; written < BombBytes; written += Zeros.Length)
            {
                stream.Write(Zeros);
            }
        });
        var before = attacked.Server.Usage.ResidentBytes;

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => attacked.Client.PostBytesAsync(Infer, bomb, encoding: encoding)));

        Assert.All(answers, answer => attacked.AssertRefused(answer, 413, $"{AttackedServer.MaxBodyBytes} bytes"));
        Assert.InRange(attacked.Server.Usage.ResidentBytes, 0, before + Kept);
        Assert.Equal((float[])[1, 2, 3, 4], (await attacked.Client.PostBytesAsync(Infer, Codings.Compress(encoding, static stream => stream.Write(Right)), encoding: encoding)).Output("logits"));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public async Task A_compressed_body_that_is_damaged_is_refused(string encoding)
    {
        var sound = Codings.Compress(encoding, static stream => stream.Write(Right));
        byte[][] damaged = [sound[..^20], sound[..5], [.. sound[..10], .. Enumerable.Repeat((byte)0xff, 20)], [.. Enumerable.Repeat((byte)'x', 50)], Right, []];
        foreach (var body in damaged)
        {
            attacked.AssertRefused(await attacked.AmongOthersAsync(() => attacked.Client.PostBytesAsync(Infer, body, encoding: encoding)), 400);
        }
    }

    [Theory]
    [InlineData("br")]
    [InlineData("zstd")]
    [InlineData("compress")]
    [InlineData("gzip, gzip")]
    [InlineData("nonsense")]
    public async Task An_encoding_that_is_not_taken_is_refused_with_those_that_are(string encoding)
    {
        var answer = await attacked.Server.AskAsync(RawConnection.Post(Infer, Right, $"Content-Encoding: {encoding}"));

        attacked.AssertRefused(answer, 501, encoding);
        Assert.Equal("gzip, deflate", answer.Headers["Accept-Encoding"]);
    }

    [Fact]
    public async Task An_image_bomb_is_refused_by_its_header()
    {
        var jpeg = Fixture("tiles.jpg");
        var frame = jpeg.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xff, 0xc0]);
        BinaryPrimitives.WriteUInt32BigEndian(jpeg.AsSpan(frame + 5), 0xffff_ffff);
        var gif = Fixture("tiles.gif");
        BinaryPrimitives.WriteUInt32LittleEndian(gif.AsSpan(6), 0xea60_ea60);
        var before = attacked.Server.Usage.ResidentBytes;

        foreach (var bomb in new[] { Bodies.PngOfSize(50_000, 50_000), Bodies.PngOfSize(1, int.MaxValue), Bodies.PngOfSize(1_000_001, 1), jpeg })
        {
            attacked.AssertRefused(await attacked.AmongOthersAsync(() => attacked.Client.PostBytesAsync(Classify, bomb)), 400);
        }

        // What a GIF says of its canvas is not believed where its pictures are smaller; then it is no bomb.
        attacked.AssertAnswered(await attacked.AmongOthersAsync(() => attacked.Client.PostBytesAsync(Classify, gif)));

        Assert.InRange(attacked.Server.Usage.ResidentBytes, 0, before + Kept);
    }

    [Fact]
    public async Task A_picture_whose_text_unfolds_to_much_more_costs_no_memory()
    {
        var png = ImageEncoder.Png(Images.Noise(28, 28, 1, 1), 28, 28, 1);
        using var text = new MemoryStream();
        text.Write("Comment\0\0"u8);
        using (var zlib = new ZLibStream(text, CompressionLevel.Fastest, leaveOpen: true))
        {
            for (var written = 0; written < BombBytes; written += Zeros.Length)
            {
                zlib.Write(Zeros);
            }
        }

        // After the signature and IHDR (PNG specification, sections 5 and 11).
        byte[] bomb = [.. png[..33], .. Bodies.PngChunk("zTXt", text.ToArray()), .. png[33..]];
        var before = attacked.Server.Usage.ResidentBytes;

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => attacked.Client.PostBytesAsync(Classify, bomb)));

        Assert.All(answers, attacked.AssertAnswered);
        Assert.InRange(attacked.Server.Usage.ResidentBytes, 0, before + Kept);
    }

    [Fact]
    public async Task What_is_no_image_or_only_the_beginning_of_one_is_refused()
    {
        var sound = new[] { ImageEncoder.Png(Images.Noise(28, 28, 1, 1), 28, 28, 1), Fixture("tiles.jpg"), Fixture("tiles.webp"), Fixture("tiles.gif") };
        var texts = new[] { "<svg xmlns='http://www.w3.org/2000/svg'/>", "%PDF-1.7", "%!PS-Adobe", "P6 1 1 255 abc", "#define x_width 1", "GIF89a", "push graphic-context\nimage over 0,0 0,0 'url(http://127.0.0.1/)'" };
        foreach (var body in sound.SelectMany(static s => new[] { s[..4], s[..(s.Length / 2)], s[..(s.Length * 9 / 10)] }).Concat(texts.Select(Encoding.ASCII.GetBytes)).Append([]))
        {
            attacked.AssertRefused(await attacked.AmongOthersAsync(() => attacked.Client.PostBytesAsync(Classify, body)), 400);
        }

        Assert.All(await Task.WhenAll(sound.Select(body => attacked.Client.PostBytesAsync(Classify, body))), static answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
    }

    [Fact]
    public async Task A_body_above_the_limit_gets_413_however_it_comes()
    {
        var large = new byte[AttackedServer.MaxBodyBytes + 1];
        attacked.AssertRefused(await attacked.AmongOthersAsync(() => attacked.Client.PostBytesAsync(Infer, large)), 413);
        attacked.AssertRefused(await attacked.AmongOthersAsync(() => attacked.Client.SendAsync(
            new(HttpMethod.Post, Classify) { Content = new ByteArrayContent(large), Headers = { TransferEncodingChunked = true } })), 413);
        attacked.AssertRefused(await attacked.Server.AskAsync(RawConnection.Head($"POST {Infer} HTTP/1.1", "Content-Length: 9223372036854775807")), 413);
    }

    private static byte[] Zeros { get; } = new byte[1 << 20];

    private static byte[] Fixture(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Fixtures", name));
}
