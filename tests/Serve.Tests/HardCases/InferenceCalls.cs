using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests.HardCases;

/// <summary>Calls of the inference service over HTTP/2, with messages that are right or not.</summary>
internal sealed class InferenceCalls(Uri url) : IDisposable
{
    private const int PrefixBytes = 5;

    private readonly HttpClient _http = new(new SocketsHttpHandler { EnableMultipleHttp2Connections = true }) { BaseAddress = url, Timeout = TimeSpan.FromSeconds(60) };

    /// <summary>A request for rows of four numbers of the model «echo», as bytes beside the tensor.</summary>
    public static byte[] EchoRequest(params float[] rows) =>
    [
        .. ProtoBytes.Field(1, "echo"),
        .. ProtoBytes.Field(5, [.. ProtoBytes.Field(1, "input"), .. ProtoBytes.Field(2, "FP32"), .. ProtoBytes.Field(3, [.. ProtoBytes.Varint((ulong)rows.Length / 4), 4])]),
        .. ProtoBytes.Field(7, Bodies.Raw(rows)),
    ];

    /// <summary>The same, as packed numbers in the tensor.</summary>
    public static byte[] TypedRequest(params float[] rows) =>
    [
        .. ProtoBytes.Field(1, "echo"),
        .. ProtoBytes.Field(5, [.. ProtoBytes.Field(1, "input"), .. ProtoBytes.Field(2, "FP32"), .. ProtoBytes.Field(3, [.. ProtoBytes.Varint((ulong)rows.Length / 4), 4]), .. ProtoBytes.Field(5, ProtoBytes.Field(6, Bodies.Raw(rows)))]),
    ];

    /// <summary>A message with its prefix: not compressed, so many bytes.</summary>
    public static byte[] Framed(byte[] message)
    {
        var framed = new byte[PrefixBytes + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(framed.AsSpan(1), message.Length);
        message.CopyTo(framed, PrefixBytes);
        return framed;
    }

    /// <summary>Calls a method.</summary>
    public Task<Outcome> CallAsync(string method, byte[] message, string? timeout = null, CancellationToken cancellation = default) => SendAsync(method, Framed(message), timeout, cancellation);

    /// <summary>Sends any bytes to a method.</summary>
    public async Task<Outcome> SendAsync(string method, byte[] body, string? timeout = null, CancellationToken cancellation = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/inference.GRPCInferenceService/{method}")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/grpc") } },
            Headers = { { "te", "trailers" } },
        };
        if (timeout is not null)
        {
            request.Headers.Add("grpc-timeout", timeout);
        }

        using var response = await _http.SendAsync(request, cancellation);
        var answer = await response.Content.ReadAsByteArrayAsync(cancellation);
        return new(
            int.Parse(Trailer("grpc-status") ?? "-1", CultureInfo.InvariantCulture),
            Uri.UnescapeDataString(Trailer("grpc-message") ?? ""),
            answer.Length > PrefixBytes ? answer[PrefixBytes..] : []);

        string? Trailer(string name) => response.TrailingHeaders.TryGetValues(name, out var values) || response.Headers.TryGetValues(name, out values) ? values.Single() : null;
    }

    /// <summary>Asks for rows of «echo», and gives those that come back.</summary>
    public async Task<float[]> EchoAsync(byte[] request)
    {
        var outcome = await CallAsync("ModelInfer", request);
        Assert.True(outcome.Status == 0, outcome.ToString());
        return System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(ProtoBytes.Read(outcome.Message).Single(static f => f.Field == 6).Bytes).ToArray();
    }

    public void Dispose() => _http.Dispose();

    /// <summary>How a call ended.</summary>
    /// <param name="Status">The status of gRPC; 0 is well.</param>
    /// <param name="Error">Why it did not end well.</param>
    /// <param name="Message">The answer's message.</param>
    internal sealed record Outcome(int Status, string Error, byte[] Message)
    {
        public override string ToString() => $"{Status} {Error}";
    }
}
