using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Toolchain.Serve.Tests.Support;

/// <summary>A real server on a free port of this machine, in this process, and a client of it.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private RunningServer(ServeApplication application)
    {
        Application = application;
        Client = new(new SocketsHttpHandler { MaxConnectionsPerServer = 1024 }) { BaseAddress = new(application.Urls[0]), Timeout = TimeSpan.FromSeconds(60) };
    }

    public ServeApplication Application { get; }

    public HttpClient Client { get; }

    public Uri Url => Client.BaseAddress!;

    /// <summary>Starts it; models run as they are set, not as measurements on a busy machine find, unless the settings say otherwise.</summary>
    public static async Task<RunningServer> StartAsync(TestRegistry registry, params (string Key, string Value)[] settings) =>
        new(await ServeApplication.StartAsync(
            new (string Key, string Value)[] { ("Urls", "http://127.0.0.1:0"), ("Models", registry.Folder), ("Tune", "off") }.ExceptBy(settings.Select(static s => s.Key), static s => s.Key).Concat(settings).Select(static s => KeyValuePair.Create(s.Key.StartsWith("Logging:", StringComparison.Ordinal) ? s.Key : "Serve:" + s.Key, (string?)s.Value)),
            CancellationToken.None));

    public Task<Answer> GetAsync(string path) => SendAsync(new(HttpMethod.Get, path));

    public Task<Answer> PostJsonAsync(string path, string json) => SendAsync(new(HttpMethod.Post, path) { Content = new StringContent(json, Encoding.UTF8, "application/json") });

    public Task<Answer> PostBytesAsync(string path, byte[] body, string? type = "application/octet-stream", int? jsonLength = null)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = type is null ? null : new MediaTypeHeaderValue(type);
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
        using var response = await Client.SendAsync(sent, cancellation);
        return new(response.StatusCode, await response.Content.ReadAsByteArrayAsync(cancellation), response.Headers.Concat(response.Content.Headers).ToDictionary(h => h.Key, h => string.Join(",", h.Value), StringComparer.OrdinalIgnoreCase));
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Application.StopAsync();
        await Application.DisposeAsync();
    }
}

/// <summary>A response that was read to its end.</summary>
internal sealed record Answer(HttpStatusCode Status, byte[] Body, IReadOnlyDictionary<string, string> Headers)
{
    public override string ToString() => $"{Status} {Text}";

    public string Text => Encoding.UTF8.GetString(Body);

    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    /// <summary>The error that every failure has.</summary>
    public string Error
    {
        get
        {
            Assert.Equal("application/json", Headers["Content-Type"].Split(';')[0]);
            return Json.GetProperty("error").GetString()!;
        }
    }

    /// <summary>The values of an output in JSON.</summary>
    public float[] Output(string name) => [.. Json.GetProperty("outputs").EnumerateArray().Single(o => o.GetProperty("name").GetString() == name).GetProperty("data").EnumerateArray().Select(v => v.GetSingle())];
}
