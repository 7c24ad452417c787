using System.Net;
using System.Text;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests.HardCases;

/// <summary>HTTP as it should not be, and as it may be but seldom is.</summary>
[Collection(nameof(AttackedServer))]
public sealed class HttpCases(AttackedServer attacked)
{
    private const string Infer = "/v2/models/echo/infer";
    private const string Live = "GET /v2/health/live HTTP/1.1\r\nHost: x\r\n\r\n";

    private static readonly byte[] Right = Encoding.UTF8.GetBytes(Bodies.Json("input", [1, 4], [1, 2, 3, 4]));

    public static TheoryData<string, string, string> WrongVerbs => new()
    {
        { "DELETE", "/v2", "GET" },
        { "POST", "/v2/health/live", "GET" },
        { "GET", Infer, "POST" },
        { "OPTIONS", Infer, "POST" },
        { "TRACE", Infer, "POST" },
        { "PUT", "/v1/models/fashion/classify", "POST" },
        { "PATCH", "/v2/models/echo/versions/1/infer", "POST" },
        { "POST", "/v1/models", "GET" },
        { "BREW", "/v2/models/echo", "GET" },
    };

    public static TheoryData<string> Broken =>
    [
        "GET /v2/health/live HTTP/1.1\r\n\r\n",
        "GET /v2/health/live HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        "GET /v2/health/live HTTP/3.0\r\nHost: x\r\n\r\n",
        "GET  /v2/health/live HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /v2/health/live HTTP/1.1\r\nHost: x\r\nName with space: 1\r\n\r\n",
        "GET /v2/health/live HTTP/1.1\r\nHost: x\r\n folded: 1\r\n\r\n",
        "GET /v2/health/live HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n",
        $"POST {Infer} HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        $"POST {Infer} HTTP/1.1\r\nHost: x\r\nContent-Length: five\r\n\r\n",
        $"POST {Infer} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n12345",
        $"POST {Infer} HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
        $"POST {Infer} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, gzip\r\n\r\n",
        $"POST {Infer} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        $"POST {Infer} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
        $"POST {Infer} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
        $"POST {Infer} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n12345\r\n",
        "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003\r\n\r\n",
        "*1\r\n$4\r\nPING\r\n\r\n",
    ];

    public static TheoryData<string> OddPaths =>
    [
        "/v2/models", "//", "/v2//models/echo", "/v2/models//infer", "/v2/models/echo/versions//infer", "/v2/models/echo/versions/1/2/infer", "/V3", "/v2/health", "/favicon.ico", "/.git/config", "/v1/models/echo/explode",
    ];

    [Theory]
    [MemberData(nameof(WrongVerbs))]
    public async Task A_wrong_verb_gets_405_and_the_right_one(string verb, string path, string allowed)
    {
        var answer = await attacked.Server.AskAsync(RawConnection.Head($"{verb} {path} HTTP/1.1", "Content-Length: 0"));

        attacked.AssertRefused(answer, 405, allowed);
        Assert.Equal(allowed, answer.Headers["Allow"]);
    }

    [Theory]
    [MemberData(nameof(OddPaths))]
    public async Task A_path_where_nothing_is_gets_404(string path) =>
        attacked.AssertRefused(await attacked.Server.AskAsync(RawConnection.Head($"GET {path} HTTP/1.1")), 404);

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task What_is_not_http_gets_400_and_the_connection_ends(string text)
    {
        using var connection = await attacked.Server.ConnectAsync();
        var answer = await connection.AskAsync(Encoding.Latin1.GetBytes(text));

        Assert.Contains((int)answer.Status, (int[])[400, 505]);
        Assert.True(await connection.EndsAsync());
    }

    [Theory]
    [InlineData(414, "GET /v2/models/{0} HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData(431, "GET /v2/health/live HTTP/1.1\r\nHost: x\r\nX-Long: {0}\r\n\r\n")]
    public async Task What_is_too_long_is_refused_as_such(int status, string form)
    {
        using var connection = await attacked.Server.ConnectAsync();
        Assert.Equal(status, (int)(await connection.AskAsync(Encoding.Latin1.GetBytes(form.Replace("{0}", new string('x', 40_000), StringComparison.Ordinal)))).Status);
    }

    [Fact]
    public async Task Too_many_headers_are_refused()
    {
        using var connection = await attacked.Server.ConnectAsync();
        Assert.Equal(431, (int)(await connection.AskAsync(RawConnection.Head("GET /v2/health/live HTTP/1.1", Enumerable.Range(0, 1000).Select(static i => $"X-{i}: 1")))).Status);
    }

    [Fact]
    public async Task A_length_beside_chunks_never_lets_one_request_hide_another()
    {
        // If the length counted, the first request would end inside the chunks, and the rest be read as requests of their own.
        using var connection = await attacked.Server.ConnectAsync();
        await connection.SendAsync($"POST {Infer} HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n{Right.Length:x}\r\n{Encoding.ASCII.GetString(Right)}\r\n0\r\n\r\n");

        var answer = await connection.ReadAnswerAsync();
        Assert.Contains((int)answer.Status, (int[])[200, 400]);
        if (answer.Status == HttpStatusCode.OK)
        {
            Assert.Equal([1, 2, 3, 4], answer.Output("logits"));
            Assert.Contains((await connection.TryAskAsync(Encoding.ASCII.GetBytes(Live)))?.Text, (string?[])[null, """{"live":true}"""]);
        }
    }

    [Fact]
    public async Task A_refused_body_never_becomes_the_next_request()
    {
        var hidden = Encoding.ASCII.GetBytes(Live);
        using var connection = await attacked.Server.ConnectAsync();
        await connection.SendAsync(RawConnection.Post("/v2/models/unknown/infer", hidden));
        attacked.AssertRefused(await connection.ReadAnswerAsync(), 404);
        await connection.SendAsync(RawConnection.Post(Infer, Right));

        Assert.Equal((float[])[1, 2, 3, 4], (await connection.ReadAnswerAsync()).Output("logits"));
    }

    [Fact]
    public async Task Requests_in_one_packet_are_answered_in_order()
    {
        using var connection = await attacked.Server.ConnectAsync();
        await connection.SendAsync(Enumerable.Range(0, 200).SelectMany(static i => RawConnection.Post(Infer, Encoding.UTF8.GetBytes(Bodies.Json("input", [1, 4], [i, i, i, i])))).ToArray());

        for (var i = 0; i < 200; i++)
        {
            Assert.Equal((float[])[i, i, i, i], (await connection.ReadAnswerAsync()).Output("logits"));
        }
    }

    [Fact]
    public async Task A_body_in_chunks_of_six_bytes_is_read()
    {
        var text = new StringBuilder();
        foreach (var chunk in Encoding.ASCII.GetString([.. Right, .. Enumerable.Repeat((byte)' ', 600_000)]).Chunk(6))
        {
            text.Append($"{chunk.Length:x}\r\n").Append(chunk).Append("\r\n");
        }

        var request = Encoding.ASCII.GetBytes($"POST {Infer} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{text}0\r\nX-Trailer: 1\r\n\r\n");
        Assert.Equal((float[])[1, 2, 3, 4], (await attacked.AmongOthersAsync(() => attacked.Server.AskAsync(request))).Output("logits"));
    }

    [Fact]
    public async Task A_request_that_comes_byte_by_byte_is_read()
    {
        using var connection = await attacked.Server.ConnectAsync();
        foreach (var one in RawConnection.Post(Infer, Right))
        {
            await connection.SendAsync(new[] { one });
        }

        Assert.Equal((float[])[1, 2, 3, 4], (await connection.ReadAnswerAsync()).Output("logits"));
    }

    [Theory]
    [InlineData("gzip, chunked")]
    [InlineData("chunked, chunked")]
    [InlineData("gzip\r\nTransfer-Encoding: chunked")]
    public async Task A_body_that_is_coded_beneath_its_chunks_is_refused_rather_than_misread(string codings)
    {
        var request = Encoding.ASCII.GetBytes($"POST {Infer} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: {codings}\r\n\r\n{Right.Length:x}\r\n{Encoding.ASCII.GetString(Right)}\r\n0\r\n\r\n");

        attacked.AssertRefused(await attacked.AmongOthersAsync(() => attacked.Server.AskAsync(request)), 501, "Transfer-Encoding");
    }

    [Fact]
    public async Task Whoever_asks_first_is_told_to_go_on_and_then_answered()
    {
        using var connection = await attacked.Server.ConnectAsync();
        Assert.Equal(HttpStatusCode.Continue, (await connection.AskAsync(RawConnection.Head($"POST {Infer} HTTP/1.1", $"Content-Length: {Right.Length}", "Expect: 100-continue"))).Status);
        Assert.Equal((float[])[1, 2, 3, 4], (await connection.AskAsync(Right)).Output("logits"));
    }

    [Fact]
    public async Task Http_1_0_is_answered_and_its_connection_ends()
    {
        using var connection = await attacked.Server.ConnectAsync();
        var answer = await connection.AskAsync(Encoding.ASCII.GetBytes("GET /v2/health/live HTTP/1.0\r\n\r\n"));

        Assert.Equal("""{"live":true}""", answer.Text);
        Assert.True(await connection.EndsAsync());
    }

    [Theory]
    [InlineData("/v2/health/live", 200)]
    [InlineData("/v2/health/ready", 200)]
    [InlineData("/v2/models/echo", 200)]
    [InlineData("/v2/models/unknown", 404)]
    [InlineData("/metrics", 200)]
    [InlineData(Infer, 405)]
    public async Task HEAD_is_answered_as_GET_without_the_body(string path, int status)
    {
        using var connection = await attacked.Server.ConnectAsync();
        var full = await connection.AskAsync(RawConnection.Head($"GET {path} HTTP/1.1"));
        await connection.SendAsync(RawConnection.Head($"HEAD {path} HTTP/1.1"));
        var head = await connection.ReadAnswerAsync(hasBody: false);

        Assert.Equal((status, status), ((int)full.Status, (int)head.Status));
        Assert.Equal(full.Headers["Content-Type"], head.Headers["Content-Type"]);
        await connection.SendAsync(Live);
        Assert.Equal("""{"live":true}""", (await connection.ReadAnswerAsync()).Text);
    }
}
