using System.Globalization;
using System.Net.Http.Headers;
using System.Text;

namespace Toolchain.Serve.Tests.Support;

/// <summary>A client of a server, with many connections.</summary>
internal sealed class ServerClient(Uri url) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { MaxConnectionsPerServer = 4096, PooledConnectionIdleTimeout = TimeSpan.FromSeconds(5) }) { BaseAddress = url, Timeout = TimeSpan.FromSeconds(60) };

    public Task<Answer> GetAsync(string path) => SendAsync(new(HttpMethod.Get, path));

    public Task<Answer> PostJsonAsync(string path, string json) => SendAsync(new(HttpMethod.Post, path) { Content = new StringContent(json, Encoding.UTF8, "application/json") });

    /// <summary>Posts bytes; <paramref name="jsonLength"/> says how many of them are the JSON part, 0 for a raw tensor.</summary>
    public Task<Answer> PostBytesAsync(string path, byte[] body, int? jsonLength = null, string? encoding = null)
    {
        var content = new ByteArrayContent(body);
        if (encoding is not null)
        {
            content.Headers.ContentEncoding.Add(encoding);
        }

        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        if (jsonLength is { } length)
        {
            request.Headers.Add("Inference-Header-Content-Length", length.ToString(CultureInfo.InvariantCulture));
        }

        return SendAsync(request);
    }

    public async Task<Answer> SendAsync(HttpRequestMessage request, CancellationToken cancellation = default)
    {
        using var sent = request;
        using var response = await _http.SendAsync(sent, cancellation);
        return new(response.StatusCode, await response.Content.ReadAsByteArrayAsync(cancellation), response.Headers.Concat(response.Content.Headers).ToDictionary(h => h.Key, h => string.Join(",", h.Value), StringComparer.OrdinalIgnoreCase));
    }

    /// <summary>Infers with one row of four numbers, and gives what came back.</summary>
    public Task<Answer> InferAsync(string model, float tag, string extra = "") => PostJsonAsync($"/v2/models/{model}/infer", Bodies.Json("input", [1, 4], [tag, tag, tag, tag], extra));

    public void Dispose() => _http.Dispose();
}
