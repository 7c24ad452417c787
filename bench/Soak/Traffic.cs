using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Toolchain.Bench;

/// <summary>Clients of a server: some right, some wrong, some that go away in the middle.</summary>
internal sealed class Traffic(Uri url) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { MaxConnectionsPerServer = 64 }) { BaseAddress = url, Timeout = TimeSpan.FromSeconds(30) };
    private long _answers;
    private long _refused;

    /// <summary>Requests that were answered.</summary>
    public long Answers => Volatile.Read(ref _answers);

    /// <summary>Requests that were refused as they should be.</summary>
    public long Refused => Volatile.Read(ref _refused);

    /// <summary>What no client should have got.</summary>
    public ConcurrentQueue<string> Faults { get; } = [];

    /// <summary>Starts the clients; they end when they are told to.</summary>
    public IEnumerable<Task> Start(CancellationToken end) =>
        new Func<int, Task>[] { JsonAsync, BinaryAsync, ChangingAsync, JsonAsync, BinaryAsync, WrongAsync, BreakingOffAsync }.Select(client => RepeatAsync(client, end)).ToList();

    /// <summary>A last request, to a server that nobody troubles any more.</summary>
    public Task StillRightAsync() => JsonAsync(1);

    public void Dispose() => _http.Dispose();

    private async Task RepeatAsync(Func<int, Task> client, CancellationToken end)
    {
        for (var i = 0; !end.IsCancellationRequested; i++)
        {
            try
            {
                await client(i).ConfigureAwait(false);
            }
            catch (Exception fault) when (fault is HttpRequestException or IOException or TaskCanceledException or JsonException)
            {
                Faults.Enqueue($"{client.Method.Name}: {fault.Message}");
            }
        }
    }

    private async Task JsonAsync(int round)
    {
        var tag = round % 10_000;
        using var answer = await PostAsync("/v2/models/echo/infer", Encoding.UTF8.GetBytes(Tensor("[1,4]", $"[{tag},1,2,3]"))).ConfigureAwait(false);
        await ExpectAsync(answer, $"[{tag},1,2,3]").ConfigureAwait(false);
    }

    private async Task BinaryAsync(int round)
    {
        float[] tags = [round % 10_000, 5, 6, 7, 8, 9, 10, 11];
        var json = """{"inputs":[{"name":"input","shape":[2,4],"datatype":"FP32","parameters":{"binary_data_size":32}}]}""";
        using var answer = await PostAsync("/v2/models/echo/infer", [.. Encoding.UTF8.GetBytes(json), .. MemoryMarshal.AsBytes(tags.AsSpan())], json.Length).ConfigureAwait(false);
        await ExpectAsync(answer, $"[{string.Join(',', tags.Select(static t => t.ToString(CultureInfo.InvariantCulture)))}]").ConfigureAwait(false);
    }

    private async Task ChangingAsync(int round)
    {
        using var answer = await PostAsync("/v2/models/sum/infer", Encoding.UTF8.GetBytes(Tensor("[2,1]", "[10,20]"))).ConfigureAwait(false);
        using var json = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync().ConfigureAwait(false));
        var version = int.Parse(json.RootElement.GetProperty("model_version").GetString()!, CultureInfo.InvariantCulture);
        await ExpectAsync(answer, string.Create(CultureInfo.InvariantCulture, $"[{10 + version},{20 + version}]")).ConfigureAwait(false);
    }

    private async Task WrongAsync(int round)
    {
        var (body, length) = (round % 4) switch
        {
            0 => (Encoding.UTF8.GetBytes(Tensor("[1,5]", "[1,2,3,4,5]")), (int?)null),
            1 => (Encoding.UTF8.GetBytes(Tensor("[1,4]", new string('[', 5000))), null),
            2 => (new byte[15], 0),
            _ => (Encoding.UTF8.GetBytes("nonsense"), null),
        };
        using var answer = await PostAsync("/v2/models/echo/infer", body, length).ConfigureAwait(false);
        if (answer.StatusCode == HttpStatusCode.BadRequest)
        {
            Interlocked.Increment(ref _refused);
        }
        else
        {
            Faults.Enqueue($"A wrong request got {(int)answer.StatusCode}.");
        }
    }

    private async Task BreakingOffAsync(int round)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { LingerState = new(enable: true, seconds: 0) };
        await socket.ConnectAsync(url.Host, url.Port).ConfigureAwait(false);
        var request = Encoding.ASCII.GetBytes($"POST /v2/models/echo/infer HTTP/1.1\r\nHost: x\r\nContent-Length: 80\r\n\r\n{new string(' ', round % 80)}");
        await socket.SendAsync(request).ConfigureAwait(false);

        // Not more than the system has ports for.
        await Task.Delay(5).ConfigureAwait(false);
    }

    private async Task<HttpResponseMessage> PostAsync(string path, byte[] body, int? jsonLength = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        if (jsonLength is { } length)
        {
            request.Headers.Add("Inference-Header-Content-Length", length.ToString(CultureInfo.InvariantCulture));
        }

        return await _http.SendAsync(request).ConfigureAwait(false);
    }

    private async Task ExpectAsync(HttpResponseMessage answer, string data)
    {
        var text = await answer.Content.ReadAsStringAsync().ConfigureAwait(false);
        if (answer.StatusCode == HttpStatusCode.OK && text.Contains($"\"data\":{data}", StringComparison.Ordinal))
        {
            Interlocked.Increment(ref _answers);
        }
        else
        {
            Faults.Enqueue($"Expected {data}, got {(int)answer.StatusCode} {text[..Math.Min(text.Length, 200)]}");
        }
    }

    private static string Tensor(string shape, string data) => $$"""{"inputs":[{"name":"input","shape":{{shape}},"datatype":"FP32","data":{{data}}}]}""";
}
