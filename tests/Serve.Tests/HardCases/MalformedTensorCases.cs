using System.Globalization;
using System.Text;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests.HardCases;

/// <summary>Requests that no client should send, each among requests that are right.</summary>
[Collection(nameof(AttackedServer))]
public sealed class MalformedTensorCases(AttackedServer attacked)
{
    private const string Infer = "/v2/models/echo/infer";

    private static readonly Dictionary<string, string> Json = new(StringComparer.Ordinal)
    {
        ["nothing"] = "",
        ["null"] = "null",
        ["a number"] = "17",
        ["two requests"] = Input() + Input(),
        ["a byte order mark"] = "\ufeff" + Input(),
        ["a zero byte"] = Input() + "\0",
        ["a comment"] = "/* hello */" + Input(),
        ["a trailing comma"] = Input().Replace("]}", "],}", StringComparison.Ordinal),
        ["single quotes"] = Input().Replace('"', '\''),
        ["dimensions whose product overflows"] = Input(shape: "[4294967296,4294967296,4294967296]"),
        ["dimensions whose bytes overflow"] = Input(shape: "[4611686018427387905,4]"),
        ["a dimension of 2^63"] = Input(shape: "[9223372036854775808,4]"),
        ["a dimension of 1e30"] = Input(shape: "[1e30,4]"),
        ["a dimension below zero"] = Input(shape: "[-1,-4]"),
        ["a dimension as text"] = Input(shape: "[\"1\",4]"),
        ["a dimension that is true"] = Input(shape: "[true,4]"),
        ["a dimension that is an array"] = Input(shape: "[[1],4]"),
        ["no dimensions"] = Input(shape: "[]"),
        ["a shape of ten thousand ones"] = Input(shape: $"[{Repeated("1", 10_000)}]"),
        ["a shape that is an object"] = Input(shape: "{}"),
        ["no rows"] = Input(shape: "[0,4]", data: "[]"),
        ["fewer values"] = Input(data: "[1,2,3]"),
        ["a million values too many"] = Input(data: $"[{Repeated("1", 1_000_000)}]"),
        ["values in a thousand arrays"] = Input(data: new string('[', 1000) + "1" + new string(']', 1000)),
        ["a million open arrays"] = Input(data: new string('[', 1_000_000)),
        ["a million open objects"] = "{\"inputs\":" + string.Concat(Enumerable.Repeat("{\"a\":", 200_000)),
        ["a value that is too large"] = Input(data: "[1,2,3,1e400]"),
        ["a value in hexadecimal"] = Input(data: "[1,2,3,0x4]"),
        ["a value with a leading zero"] = Input(data: "[1,2,3,04]"),
        ["a value with ten thousand digits"] = Input(data: $"[1,2,3,{new string('9', 10_000)}]"),
        ["an infinite value as a word of Python"] = Input(data: "[1,2,3,inf]"),
        ["another type"] = Input(datatype: "INT32"),
        ["a type that there is not"] = Input(datatype: "FP8"),
        ["text for numbers"] = Input(datatype: "BYTES", data: "[\"a\",\"b\",\"c\",\"d\"]"),
        ["an empty name"] = Input(name: ""),
        ["a name of a megabyte"] = Input(name: new string('x', 1_000_000)),
        ["a name with control characters"] = Input(name: "\\u0000\\r\\n\\u001b[31m"),
        ["a name with half a surrogate pair"] = Input(name: "\\ud800"),
        ["a name with quotation marks"] = Input(name: "\\\"}<script>"),
        ["an input twice"] = $$"""{"inputs":[{{One()}},{{One()}}]}""",
        ["a hundred thousand inputs"] = $$"""{"inputs":[{{Repeated("{\"name\":\"a\"}", 100_000)}}]}""",
        ["a thousand different inputs"] = $$"""{"inputs":[{{string.Join(',', Enumerable.Range(0, 1000).Select(static i => One(i.ToString(CultureInfo.InvariantCulture))))}}]}""",
        ["the inputs twice"] = $$"""{"inputs":[{{One()}}],"inputs":[{{One()}}]}""",
        ["the data twice"] = Input(extra: ",\"data\":[1,2,3,4]"),
        ["the shape twice"] = Input(extra: ",\"shape\":[2,4]"),
        ["the name twice"] = Input(extra: ",\"name\":\"other\""),
        ["a hundred thousand outputs"] = Input(after: $$""","outputs":[{{Repeated("{\"name\":\"logits\"}", 100_000)}}]"""),
        ["a thousand different outputs"] = Input(after: $$""","outputs":[{{string.Join(',', Enumerable.Range(0, 1000).Select(static i => $$"""{"name":"{{i}}"}"""))}}]"""),
        ["data and bytes"] = Input(extra: ",\"parameters\":{\"binary_data_size\":16}"),
        ["neither data nor bytes"] = """{"inputs":[{"name":"input","shape":[1,4],"datatype":"FP32"}]}""",
        ["a size below zero"] = Binary("-1"),
        ["a size of 2^63 - 1"] = Binary("9223372036854775807"),
        ["a size of 2^64"] = Binary("18446744073709551616"),
        ["a size as text"] = Binary("\"16\""),
        ["a size with a fraction"] = Binary("16.5"),
        ["bytes that do not follow"] = Binary("16"),
        ["shared memory"] = Binary("16,\"shared_memory_region\":\"r\",\"shared_memory_byte_size\":16"),
        ["a timeout below zero"] = Input(after: ",\"parameters\":{\"timeout\":-1}"),
        ["a timeout of 1e300"] = Input(after: ",\"parameters\":{\"timeout\":1e300}"),
        ["a timeout as text"] = Input(after: ",\"parameters\":{\"timeout\":\"soon\"}"),
        ["a priority below zero"] = Input(after: ",\"parameters\":{\"priority\":-1}"),
        ["a reserved parameter"] = Input(after: ",\"parameters\":{\"triton_x\":1}"),
        ["parameters that are an array"] = Input(after: ",\"parameters\":[]"),
        ["an identity that is a number"] = Input(after: ",\"id\":17"),
    };

    private static readonly string[] Lengths = ["-1", "+1", "1.5", "0x10", "2147483648", "99999999999999999999", "many", "1,1", "1;1", ""];

    public static TheoryData<string> Wrong => [.. Json.Keys];

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task A_request_that_is_wrong_is_refused_and_harms_none_beside_it(string wrong)
    {
        var answer = await attacked.AmongOthersAsync(() => attacked.Client.PostJsonAsync(Infer, Json[wrong]));

        Assert.Contains((int)answer.Status, (int[])[400, 501]);
        attacked.AssertRefused(answer, (int)answer.Status);
    }

    [Fact]
    public async Task Text_that_is_not_UTF_8_is_refused()
    {
        var right = Encoding.UTF8.GetBytes(Input(name: "??"));
        right.AsSpan(right.AsSpan().IndexOf("??"u8), 2).Fill(0xff);

        attacked.AssertRefused(await attacked.AmongOthersAsync(() => attacked.Client.PostBytesAsync(Infer, right)), 400);
    }

    [Fact]
    public async Task A_length_of_the_json_part_that_is_none_is_refused()
    {
        var (body, length) = Bodies.Binary(Binary("16"), Bodies.Raw(1f, 2f, 3f, 4f));
        foreach (var header in Lengths.Select(static l => $"Inference-Header-Content-Length: {l}"))
        {
            attacked.AssertRefused(await attacked.Server.AskAsync(RawConnection.Post(Infer, body, header)), 400, "Inference-Header-Content-Length");
        }

        foreach (var wrong in new[] { length - 1, length + 1, body.Length, body.Length + 1 })
        {
            attacked.AssertRefused(await attacked.Server.AskAsync(RawConnection.Post(Infer, body, $"Inference-Header-Content-Length: {wrong}")), 400);
        }

        string[] twice = [$"Inference-Header-Content-Length: {length}", $"inference-header-content-length: {length - 16}"];
        attacked.AssertRefused(await attacked.Server.AskAsync(RawConnection.Post(Infer, body, twice)), 400, "Inference-Header-Content-Length");
    }

    [Fact]
    public async Task Odd_requests_that_are_right_are_answered()
    {
        foreach (var odd in new[]
        {
            Input() + new string(' ', 3_000_000),
            Input(after: ",\"outputs\":[]"),
            Input(after: $",\"unknown\":{new string('[', 50)}{new string(']', 50)}"),
            Input(data: "[[1.0e0,2],[30e-1,4]]"),
            Input(shape: "[1,4]", data: "[[[1],[2]],[[3],[4]]]"),
            Input(after: ",\"parameters\":{\"timeout\":9223372036854775807}"),
        })
        {
            Assert.Equal((float[])[1, 2, 3, 4], (await attacked.Client.PostJsonAsync(Infer, odd)).Output("logits"));
        }
    }

    [Fact]
    public async Task What_is_not_a_number_stays_with_who_sent_it()
    {
        var (body, length) = Bodies.Binary(Binary("16"), Bodies.Raw(float.NaN, float.PositiveInfinity, float.NegativeInfinity, -0f));

        var answer = await attacked.AmongOthersAsync(() => attacked.Client.PostBytesAsync(Infer, body, length));

        Assert.Equal("""["NaN","Infinity","-Infinity",-0]""", answer.Json.GetProperty("outputs")[0].GetProperty("data").GetRawText());
    }

    private static string Repeated(string item, int count) => string.Join(',', Enumerable.Repeat(item, count));

    private static string One(string name = "input") => $$"""{"name":"{{name}}","shape":[1,4],"datatype":"FP32","data":[1,2,3,4]}""";

    private static string Input(string name = "input", string datatype = "FP32", string shape = "[1,4]", string data = "[1,2,3,4]", string extra = "", string after = "") =>
        $$"""{"inputs":[{"name":"{{name}}","shape":{{shape}},"datatype":"{{datatype}}","data":{{data}}{{extra}}}]{{after}}}""";

    private static string Binary(string size) => $$$"""{"inputs":[{"name":"input","shape":[1,4],"datatype":"FP32","parameters":{"binary_data_size":{{{size}}}}}]}""";
}
