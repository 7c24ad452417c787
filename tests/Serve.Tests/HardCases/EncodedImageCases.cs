using System.Buffers.Binary;
using System.Net;
using System.Text;
using Toolchain.Data;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests.HardCases;

/// <summary>Tensors of BYTES, each element with a length of its own, that lie about it.</summary>
[Collection(nameof(AttackedServer))]
public sealed class EncodedImageCases(AttackedServer attacked)
{
    private const string Infer = "/v2/models/fashion/infer";

    private static readonly byte[] Png = ImageEncoder.Png(Images.Noise(28, 28, 1, 1), 28, 28, 1);

    private static readonly Dictionary<string, (string Shape, byte[] Elements)> Wrong = new(StringComparer.Ordinal)
    {
        ["no element"] = ("[1]", []),
        ["half a length"] = ("[1]", [1, 0]),
        ["a length beyond the tensor"] = ("[1]", [.. Element(Png)[..^1]]),
        ["a length of 2^32 - 1"] = ("[1]", [0xff, 0xff, 0xff, 0xff, 1, 2, 3]),
        ["a length of 2^31"] = ("[1]", [0, 0, 0, 0x80, 1, 2, 3]),
        ["an element too many"] = ("[1]", [.. Element(Png), .. Element(Png)]),
        ["an element too few"] = ("[2]", Element(Png)),
        ["an empty element"] = ("[1]", Element([])),
        ["an element that is no image"] = ("[1]", Element("hello"u8)),
        ["one bad image of three"] = ("[3]", [.. Element(Png), .. Element(Png.AsSpan()[..60]), .. Element(Png)]),
        ["an image bomb among others"] = ("[2]", [.. Element(Png), .. Element(Bodies.PngOfSize(40_000, 40_000))]),
        ["no rows"] = ("[0]", []),
        ["more rows than there is memory for"] = ("[1000000000000]", Element(Png)),
        ["the shape of pixels"] = ("[1,28,28,1]", Element(Png)),
    };

    public static TheoryData<string> Kinds => [.. Wrong.Keys];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Elements_that_lie_are_refused(string kind)
    {
        var (shape, elements) = Wrong[kind];
        var (body, length) = Bodies.Binary(Json(shape, elements.Length), elements);

        attacked.AssertRefused(await attacked.AmongOthersAsync(() => attacked.Client.PostBytesAsync(Infer, body, length)), 400);
    }

    [Fact]
    public async Task Images_beside_one_another_stay_in_order()
    {
        var pngs = Enumerable.Range(0, 20).Select(static i => ImageEncoder.Png(Images.Noise(28, 28, 1, i), 28, 28, 1)).ToArray();
        byte[] elements = [.. pngs.SelectMany(static png => Element(png))];
        var (body, length) = Bodies.Binary(Json("[20]", elements.Length), elements);

        var answer = await attacked.Client.PostBytesAsync(Infer, body, length);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        var together = answer.Output("logits");
        for (var i = 0; i < pngs.Length; i++)
        {
            var (one, oneLength) = Bodies.Binary(Json("[1]", pngs[i].Length + 4), Element(pngs[i]));
            var alone = (await attacked.Client.PostBytesAsync(Infer, one, oneLength)).Output("logits");
            Assert.All(alone.Zip(together[(10 * i)..]), static pair => Assert.Equal(pair.First, pair.Second, 1e-4f));
        }
    }

    [Fact]
    public async Task Text_for_a_model_that_takes_numbers_is_refused()
    {
        var elements = Element(Encoding.UTF8.GetBytes("text"));
        var (body, length) = Bodies.Binary(Json("[1]", elements.Length).Replace("pixels", "input", StringComparison.Ordinal), elements);

        attacked.AssertRefused(await attacked.Client.PostBytesAsync("/v2/models/echo/infer", body, length), 400, "FP32");
    }

    private static string Json(string shape, int bytes) => $$$"""{"inputs":[{"name":"pixels","shape":{{{shape}}},"datatype":"BYTES","parameters":{"binary_data_size":{{{bytes}}}}}]}""";

    private static byte[] Element(ReadOnlySpan<byte> content)
    {
        var element = new byte[sizeof(uint) + content.Length];
        BinaryPrimitives.WriteInt32LittleEndian(element, content.Length);
        content.CopyTo(element.AsSpan(sizeof(uint)));
        return element;
    }
}
