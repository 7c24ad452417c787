using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;

namespace Toolchain.Serve.Tests.Grpc;

/// <summary>A client that speaks the frames of gRPC itself, over HTTP/2 from the first byte.</summary>
internal sealed class GrpcClient(string url) : IDisposable
{
    /// <summary>The path of the method that runs a model.</summary>
    public const string Infer = "/inference.GRPCInferenceService/ModelInfer";

    private readonly HttpClient _http = new(new SocketsHttpHandler { EnableMultipleHttp2Connections = true }) { BaseAddress = new(url), Timeout = TimeSpan.FromSeconds(60) };

    /// <summary>A message with its prefix.</summary>
    public static byte[] Frame(byte[] message, bool compressed = false)
    {
        var frame = new byte[5 + message.Length];
        frame[0] = (byte)(compressed ? 1 : 0);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Length);
        message.CopyTo(frame, 5);
        return frame;
    }

    /// <summary>Calls a method of the inference service.</summary>
    public Task<GrpcReply> CallAsync(string method, IMessage request, params (string Name, string Value)[] headers) => SendAsync($"/inference.GRPCInferenceService/{method}", Frame(request.ToByteArray()), headers);

    /// <summary>Calls a method that must succeed.</summary>
    public async Task<T> GetAsync<T>(string method, IMessage request) where T : IMessage<T>, new() => (await CallAsync(method, request)).Message<T>();

    /// <summary>Sends any bytes.</summary>
    public Task<GrpcReply> SendAsync(string path, byte[] body, params (string Name, string Value)[] headers) => SendAsync(path, body, CancellationToken.None, headers);

    /// <inheritdoc cref="SendAsync(string, byte[], ValueTuple{string, string}[])"/>
    public async Task<GrpcReply> SendAsync(string path, byte[] body, CancellationToken cancellation, params (string Name, string Value)[] headers)
    {
        using var request = Request(path, new ByteArrayContent(body), headers);
        using var response = await _http.SendAsync(request, cancellation);
        return await GrpcReply.OfAsync(response, cancellation);
    }

    /// <summary>Opens a stream.</summary>
    public async Task<GrpcStream> OpenAsync(string path, params (string Name, string Value)[] headers)
    {
        var outgoing = new StreamingContent();
        using var request = Request(path, outgoing, headers);
        var answering = _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return new(await outgoing.Opened, outgoing, answering);
    }

    public void Dispose() => _http.Dispose();

    private static HttpRequestMessage Request(string path, HttpContent content, (string Name, string Value)[] headers)
    {
        content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = content };
        request.Headers.Add("te", "trailers");
        foreach (var (name, value) in headers)
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        }

        return request;
    }
}

/// <summary>How a call ended, and its messages as they were sent.</summary>
internal sealed record GrpcReply(int Status, string Error, IReadOnlyList<(bool Compressed, byte[] Bytes)> Messages, IReadOnlyDictionary<string, string> Headers)
{
    public override string ToString() => $"{Status} {Error}";

    /// <summary>The one message of a call that succeeded.</summary>
    public T Message<T>() where T : IMessage<T>, new()
    {
        Assert.True(Status == 0, ToString());
        var message = new T();
        message.MergeFrom(Assert.Single(Messages).Bytes);
        return message;
    }

    public static async Task<GrpcReply> OfAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/grpc", response.Content.Headers.ContentType!.MediaType);
        var body = await response.Content.ReadAsByteArrayAsync(cancellation);
        var messages = new List<(bool, byte[])>();
        for (var at = 0; at < body.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(body.AsSpan(at + 1));
            messages.Add((body[at] == 1, body[(at + 5)..(at + 5 + length)]));
            at += 5 + length;
        }

        // A status without a message before it is in the headers.
        var ending = messages.Count > 0 ? response.TrailingHeaders : response.Headers;
        return new(
            int.Parse(ending.GetValues("grpc-status").Single(), CultureInfo.InvariantCulture),
            ending.TryGetValues("grpc-message", out var text) ? Uri.UnescapeDataString(text.Single()) : "",
            messages,
            response.Headers.ToDictionary(static h => h.Key, static h => string.Join(',', h.Value), StringComparer.OrdinalIgnoreCase));
    }
}

/// <summary>A call in both directions.</summary>
internal sealed class GrpcStream(Stream outgoing, StreamingContent content, Task<HttpResponseMessage> answering) : IDisposable
{
    private HttpResponseMessage? _response;
    private Stream? _incoming;

    public async Task SendAsync(byte[] frame)
    {
        await outgoing.WriteAsync(frame);
        await outgoing.FlushAsync();
    }

    public Task SendAsync(IMessage message) => SendAsync(GrpcClient.Frame(message.ToByteArray()));

    /// <summary>Says that nothing more will be sent.</summary>
    public void Complete() => content.Complete();

    /// <summary>Reads the next message; null at the end.</summary>
    public async Task<T?> ReceiveAsync<T>() where T : class, IMessage<T>, new()
    {
        _response ??= await answering;
        _incoming ??= await _response.Content.ReadAsStreamAsync();
        var prefix = new byte[5];
        if (await _incoming.ReadAtLeastAsync(prefix, prefix.Length, throwOnEndOfStream: false) == 0)
        {
            return null;
        }

        var bytes = new byte[BinaryPrimitives.ReadInt32BigEndian(prefix.AsSpan(1))];
        await _incoming.ReadExactlyAsync(bytes);
        var message = new T();
        message.MergeFrom(bytes);
        return message;
    }

    /// <summary>Reads what is left, and how the call ended.</summary>
    public async Task<GrpcReply> EndAsync() => await GrpcReply.OfAsync(_response ?? await answering, CancellationToken.None);

    public int Status => int.Parse((_response!.TrailingHeaders.TryGetValues("grpc-status", out var status) ? status : _response.Headers.GetValues("grpc-status")).Single(), CultureInfo.InvariantCulture);

    public void Dispose()
    {
        Complete();
        _response?.Dispose();
    }
}

/// <summary>A request's body that is written bit by bit.</summary>
internal sealed class StreamingContent : HttpContent
{
    private readonly TaskCompletionSource<Stream> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<Stream> Opened => _opened.Task;

    public void Complete() => _completed.TrySetResult();

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        await stream.FlushAsync();
        _opened.SetResult(stream);
        await _completed.Task;
    }

    protected override bool TryComputeLength(out long length)
    {
        length = -1;
        return false;
    }
}
