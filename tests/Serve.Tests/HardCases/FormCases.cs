using System.Net;
using System.Text;
using System.Text.Json;
using Toolchain.Data;
using Toolchain.Serve.Tests.HardCases.Fuzzing;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests.HardCases;

/// <summary>Forms of images that are broken, endless, or named oddly.</summary>
[Collection(nameof(AttackedServer))]
public sealed class FormCases(AttackedServer attacked)
{
    private const string Classify = "/v1/models/fashion/classify";
    private const string Type = "Content-Type: multipart/form-data; boundary=b";
    private const string Head = "Content-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\r\n";

    private static readonly int Tries = Rounds.Of("FUZZ_ROUNDS", 200);

    private static readonly byte[] Png = ImageEncoder.Png(Images.Noise(28, 28, 1, 1), 28, 28, 1);

    private static readonly Dictionary<string, (string Type, byte[] Body)> Wrong = new(StringComparer.Ordinal)
    {
        ["nothing"] = (Type, []),
        ["no boundary in the type"] = ("Content-Type: multipart/form-data", Form(Part(Head, Png))),
        ["an empty boundary"] = ("Content-Type: multipart/form-data; boundary=\"\"", Form(Part(Head, Png))),
        ["a boundary of a thousand characters"] = ($"Content-Type: multipart/form-data; boundary={new string('b', 1000)}", Form(Part(Head, Png))),
        ["another boundary"] = ("Content-Type: multipart/form-data; boundary=c", Form(Part(Head, Png))),
        ["only the end"] = (Type, "--b--\r\n"u8.ToArray()),
        ["no end"] = (Type, Part(Head, Png)),
        ["headers without an end"] = (Type, [.. "--b\r\nContent-Disposition: "u8, .. Enumerable.Repeat((byte)'x', 100_000), .. "\r\n--b--"u8]),
        ["no headers"] = (Type, Form("--b\r\n\r\nxxx"u8.ToArray())),
        ["a thousand files"] = (Type, Form([.. Enumerable.Range(0, 1000).SelectMany(static _ => Part(Head, []))])),
        ["bad files with long names"] = (Type, Form([.. Enumerable.Range(0, 200).SelectMany(static _ => Part($"Content-Disposition: form-data; name=\"file\"; filename=\"{new string('n', 4000)}\"\r\n\r\n", []))])),
        ["no image"] = (Type, Form(Part(Head, "hello"u8))),
        ["a form of forms"] = (Type, Form(Part("Content-Disposition: form-data; name=\"a\"\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n", "--c\r\n\r\nx\r\n--c--"u8))),
        ["an image bomb"] = (Type, Form(Part(Head, Bodies.PngOfSize(60_000, 60_000)))),
    };

    public static TheoryData<string> Kinds => [.. Wrong.Keys];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_form_that_is_broken_is_refused(string kind)
    {
        var (type, body) = Wrong[kind];

        attacked.AssertRefused(await attacked.AmongOthersAsync(() => attacked.Server.AskAsync(RawConnection.Post(Classify, body, type))), 400);
    }

    [Theory]
    [InlineData("../../etc/passwd")]
    [InlineData("a\\\"b")]
    [InlineData("<script>")]
    [InlineData("")]
    public async Task A_name_is_only_a_name(string name)
    {
        var answer = await attacked.Server.AskAsync(RawConnection.Post(Classify, Form(Part($"Content-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n", Png)), Type));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(JsonValueKind.Object, answer.Json.ValueKind);
    }

    [Fact]
    public async Task Forms_that_are_nearly_right_are_answered_or_refused()
    {
        var valid = Form([.. Part(Head, Png), .. Part(Head, Png)]);
        for (var round = 0; round < Tries; round += 8)
        {
            await Task.WhenAll(Enumerable.Range(round, 8).Select(async i =>
            {
                var random = new SeededRandom(6, i);
                attacked.AssertAnswered(await attacked.Server.AskAsync(RawConnection.Post(Classify, Mutations.Of(valid, [], ref random), Type)));
            }));
        }

        await attacked.Server.AssertUnharmedAsync();
    }

    private static byte[] Form(byte[] parts) => [.. parts, .. "--b--\r\n"u8];

    private static byte[] Part(string head, ReadOnlySpan<byte> content) => [.. "--b\r\n"u8, .. Encoding.UTF8.GetBytes(head), .. content, .. "\r\n"u8];
}
