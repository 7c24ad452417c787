using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Toolchain.Train.Tests.Support;

/// <summary>
/// A real browser without a window, driven through the Chrome DevTools Protocol. It runs in a profile folder of its own and on a port that the system
/// chooses; disposing ends it.
/// </summary>
internal sealed class Chromium : IAsyncDisposable
{
    private const string Announcement = "DevTools listening on ";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly ClientWebSocket _socket = new();
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonNode>> _waiting = new();
    private readonly ConcurrentQueue<JsonNode> _events = new();
    private Task _reading = Task.CompletedTask;
    private int _messages;

    private Chromium(Process process) => _process = process;

    /// <summary>Starts it.</summary>
    public static async Task<Chromium> StartAsync()
    {
        string[] arguments =
        [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-extensions", "--no-first-run", "--no-default-browser-check",
            "--disable-background-networking", "--disable-component-update", "--disable-sync", "--remote-debugging-port=0", "--hide-scrollbars",
            $"--user-data-dir={Session.NewPath("browser")}", "about:blank",
        ];
        var start = new ProcessStartInfo("chromium", arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        var process = Process.Start(start) ?? throw new InvalidOperationException("Chromium did not start; eng/setup.sh installs it.");
        var chromium = new Chromium(process);
        try
        {
            await chromium._socket.ConnectAsync(new(await Address(process).WaitAsync(Limit)), default).WaitAsync(Limit);
            chromium._reading = chromium.ReadAsync();
            return chromium;
        }
        catch
        {
            await chromium.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens a file in a window of its own, and waits until it is there.</summary>
    /// <param name="path">The file.</param>
    /// <param name="width">Of the window, in pixels.</param>
    /// <param name="dark">Which colours the reader prefers.</param>
    public async Task<BrowserPage> OpenAsync(string path, int width = 1280, bool dark = false)
    {
        var target = await SendAsync(null, "Target.createTarget", new() { ["url"] = "about:blank" });
        var session = (string)(await SendAsync(null, "Target.attachToTarget", new() { ["targetId"] = (string)target["targetId"]!, ["flatten"] = true }))["sessionId"]!;
        var page = new BrowserPage(this, session);
        foreach (var domain in (string[])["Page", "Runtime", "Log", "Network"])
        {
            await page.SendAsync($"{domain}.enable");
        }

        await page.SendAsync("Emulation.setDeviceMetricsOverride", new() { ["width"] = width, ["height"] = 900, ["deviceScaleFactor"] = 1, ["mobile"] = width < 600 });
        await page.SendAsync("Emulation.setEmulatedMedia", new() { ["features"] = new JsonArray(new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = dark ? "dark" : "light" }) });
        await page.SendAsync("Page.navigate", new() { ["url"] = new Uri(Path.GetFullPath(path)).AbsoluteUri });
        var deadline = Stopwatch.StartNew();
        while (!page.Events("Page.loadEventFired").Any())
        {
            Assert.True(deadline.Elapsed < Limit, $"{path} was not loaded in time.");
            await Task.Delay(20);
        }

        return page;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        await _reading;
        _socket.Dispose();
        _process.Dispose();
    }

    /// <summary>Sends a command and waits for its result.</summary>
    internal async Task<JsonNode> SendAsync(string? session, string method, JsonObject? parameters = null)
    {
        var id = Interlocked.Increment(ref _messages);
        var answer = _waiting[id] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var message = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters ?? [] };
        if (session is not null)
        {
            message["sessionId"] = session;
        }

        await _socket.SendAsync(Encoding.UTF8.GetBytes(message.ToJsonString()), WebSocketMessageType.Text, true, default);
        var result = await answer.Task.WaitAsync(Limit);
        return result["result"] ?? throw new InvalidOperationException($"{method}: {result["error"]}");
    }

    /// <summary>What happened in a window so far.</summary>
    internal IEnumerable<JsonNode> Events(string session, string method) => _events.Where(e => (string?)e["sessionId"] == session && (string?)e["method"] == method).Select(static e => e["params"]!);

    // It says on standard error where it listens; all that it says later is read too, so that the pipe does not fill.
    private static Task<string> Address(Process process)
    {
        var address = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is null)
            {
                address.TrySetException(new InvalidOperationException("Chromium ended before it was ready."));
            }
            else if (line.Data.StartsWith(Announcement, StringComparison.Ordinal))
            {
                address.TrySetResult(line.Data[Announcement.Length..]);
            }
        };
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        return address.Task;
    }

    private async Task ReadAsync()
    {
        var buffer = new byte[1 << 16];
        var message = new MemoryStream();
        try
        {
            while (true)
            {
                var part = await _socket.ReceiveAsync(buffer, default);
                message.Write(buffer, 0, part.Count);
                if (!part.EndOfMessage)
                {
                    continue;
                }

                var node = JsonNode.Parse(message.ToArray())!;
                message.SetLength(0);
                if (node["id"] is { } id && _waiting.TryRemove((int)id, out var waiting))
                {
                    waiting.SetResult(node);
                }
                else
                {
                    _events.Enqueue(node);
                }
            }
        }
        catch (Exception ended) when (ended is WebSocketException or System.Text.Json.JsonException)
        {
            // The browser has gone; whoever still waits runs into the limit.
        }
    }
}

/// <summary>A window of the browser.</summary>
internal sealed class BrowserPage(Chromium browser, string session)
{
    /// <summary>Errors and warnings of the page, in its own words.</summary>
    public IEnumerable<string> Complaints =>
    [
        .. Events("Runtime.exceptionThrown").Select(static e => e.ToJsonString()),
        .. Events("Runtime.consoleAPICalled").Where(static e => (string?)e["type"] is "error" or "warning" or "assert").Select(static e => e.ToJsonString()),
        .. Events("Log.entryAdded").Select(static e => (string)e["entry"]!["text"]!),
    ];

    /// <summary>What the page asked for, pictures inside it left out.</summary>
    public IEnumerable<string> Requests => Events("Network.requestWillBeSent").Select(static e => (string)e["request"]!["url"]!).Where(static url => !url.StartsWith("data:", StringComparison.Ordinal));

    /// <summary>What happened so far.</summary>
    public IEnumerable<JsonNode> Events(string method) => browser.Events(session, method);

    /// <summary>Sends a command.</summary>
    public Task<JsonNode> SendAsync(string method, JsonObject? parameters = null) => browser.SendAsync(session, method, parameters);

    /// <summary>The value of an expression in the page, once its promise is kept.</summary>
    public async Task<JsonNode?> EvaluateAsync(string expression)
    {
        var result = await SendAsync("Runtime.evaluate", new() { ["expression"] = expression, ["returnByValue"] = true, ["awaitPromise"] = true });
        Assert.True(result["exceptionDetails"] is null, result["exceptionDetails"]?.ToJsonString());
        return result["result"]!["value"]?.DeepClone();
    }

    /// <summary>Moves the pointer to the middle of an element.</summary>
    public async Task HoverAsync(string selector)
    {
        var place = (await EvaluateAsync($$"""(() => { const e = document.querySelector({{JsonValue.Create(selector).ToJsonString()}}); e.scrollIntoView({ block: 'center', behavior: 'instant' }); const b = e.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; })()"""))!;
        await SendAsync("Input.dispatchMouseEvent", new() { ["type"] = "mouseMoved", ["x"] = (double)place[0]!, ["y"] = (double)place[1]! });
    }

    /// <summary>Presses a key where the focus is.</summary>
    public async Task PressAsync(string key)
    {
        foreach (var type in (string[])["keyDown", "keyUp"])
        {
            await SendAsync("Input.dispatchKeyEvent", new() { ["type"] = type, ["key"] = key, ["code"] = key });
        }
    }
}
