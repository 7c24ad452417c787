using System.Text;
using Toolchain.Data;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests.HardCases.Fuzzing;

/// <summary>Requests that are nearly right, over the network: each is answered or refused as the documentation has it, and the server stays as it is.</summary>
[Collection(nameof(AttackedServer))]
public sealed class SocketFuzzTests(AttackedServer attacked)
{
    private const string Infer = "/v2/models/echo/infer";
    private const string Classify = "/v1/models/fashion/classify?top=3";
    private const int AtOnce = 16;

    private static readonly int Tries = Rounds.Of("FUZZ_ROUNDS", 320);

    private static readonly string[] Lossy = ["tiles.jpg", "tiles.webp", "tiles.gif"];

    private static readonly byte[] EmptyLines = [.. Enumerable.Repeat("\r\n"u8.ToArray(), 500).SelectMany(static l => l)];

    private static readonly byte[] Json = Encoding.UTF8.GetBytes("""{"id":"7","inputs":[{"name":"input","shape":[1,4],"datatype":"FP32","data":[1,2.5,-3e1,4]}],"outputs":[{"name":"logits"}],"parameters":{"timeout":60000000}}""");

    private static readonly (byte[] Body, int JsonLength) Binary = Bodies.Binary(
        """{"inputs":[{"name":"input","shape":[1,4],"datatype":"FP32","parameters":{"binary_data_size":16}}],"parameters":{"binary_data_output":true}}""", Bodies.Raw(1f, 2f, 3f, 4f));

    [Fact]
    public Task Json_that_is_nearly_right() => FuzzAsync(1, Json, Mutations.JsonWords, body => attacked.Client.PostBytesAsync(Infer, body));

    [Fact]
    public Task Binary_tensors_that_are_nearly_right() => FuzzAsync(2, Binary.Body, Mutations.JsonWords, body => attacked.Client.PostBytesAsync(Infer, body, Math.Min(Binary.JsonLength, body.Length)));

    [Fact]
    public Task Raw_tensors_that_are_nearly_right() => FuzzAsync(3, Images.Noise(28, 28, 1, 3), [], body => attacked.Client.PostBytesAsync("/v2/models/fashion/infer", body, 0));

    [Fact]
    public Task Compressed_json_that_is_nearly_right() => FuzzAsync(4, Codings.Compress("gzip", Json), [], body => attacked.Client.PostBytesAsync(Infer, body, encoding: "gzip"));

    [Fact]
    public async Task Images_that_are_nearly_right()
    {
        byte[][] images = [ImageEncoder.Png(Images.Noise(28, 28, 1, 1), 28, 28, 1), .. Lossy.Select(static n => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Fixtures", n)))];
        foreach (var (i, image) in images.Index())
        {
            await FuzzAsync(10 + i, image, [], body => attacked.Client.PostBytesAsync(Classify, body));
        }
    }

    [Fact]
    public async Task Http_that_is_nearly_right()
    {
        var valid = RawConnection.Post(Infer, Json, "Content-Type: application/json", "Accept: */*");
        var answered = 0;
        for (var round = 0; round < Tries; round += AtOnce)
        {
            await Task.WhenAll(Enumerable.Range(round, AtOnce).Select(async i =>
            {
                var random = new SeededRandom(5, i);
                using var connection = await attacked.Server.ConnectAsync();
                connection.Patience = TimeSpan.FromSeconds(0.5);

                // Most of what is cut short is complete with the empty lines; for the rest the server waits, and rightly.
                byte[] request = [.. Mutations.Of(valid, Mutations.HttpWords, ref random), .. EmptyLines];
                if (await connection.TryAskAsync(request) is { } answer)
                {
                    Assert.InRange((int)answer.Status, 100, 505);
                    Assert.DoesNotContain("   at ", answer.Text, StringComparison.Ordinal);
                    Assert.DoesNotContain("defect", answer.Text, StringComparison.Ordinal);
                    Interlocked.Increment(ref answered);
                }
            }));
        }

        Assert.InRange(answered, Tries / 2, Tries);
        await attacked.Server.AssertUnharmedAsync();
    }

    private async Task FuzzAsync(int seed, byte[] valid, byte[][] words, Func<byte[], Task<Answer>> ask)
    {
        attacked.AssertAnswered(await ask(valid));
        for (var round = 0; round < Tries; round += AtOnce)
        {
            await Task.WhenAll(Enumerable.Range(round, AtOnce).Select(async i =>
            {
                var random = new SeededRandom(seed, i);
                attacked.AssertAnswered(await ask(Mutations.Of(valid, words, ref random)));
            }));
        }

        await attacked.Server.AssertUnharmedAsync();
    }
}
