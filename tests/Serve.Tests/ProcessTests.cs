using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests;

public sealed class ProcessTests
{
    [Fact]
    public async Task It_says_where_it_listens_serves_and_ends_well_on_SIGTERM()
    {
        using var registry = new TestRegistry();
        registry.Publish("fashion", TestModels.Classifier());
        await using var process = ServeProcess.Start(registry.Folder, "--models", registry.Folder, "--urls", "http://127.0.0.1:0");
        var url = await process.ListeningAsync();
        using var client = new HttpClient { BaseAddress = url };

        Assert.NotEqual(0, url.Port);
        Assert.Contains("serving fashion:1 on cpu", process.Output, StringComparison.Ordinal);
        Assert.Equal("""{"ready":true}""", await client.GetStringAsync("/v2/health/ready"));
        process.Signal("TERM");
        var (exitCode, error) = await process.ExitAsync();

        Assert.Equal((0, ""), (exitCode, error));
    }

    [Fact]
    public async Task SIGTERM_finishes_what_was_accepted_and_refuses_what_comes_after()
    {
        using var registry = new TestRegistry();
        registry.Publish("slow", TestModels.Slow(layers: 60));
        await using var process = ServeProcess.Start(registry.Folder, "--models", registry.Folder, "--urls", "http://127.0.0.1:0", "--max-batch-size", "1");
        var url = await process.ListeningAsync();
        using var client = new HttpClient { BaseAddress = url };
        // A second connection, opened before the server stops, as a client with keep-alive has one.
        using var other = new HttpClient { BaseAddress = url };
        Assert.Equal(HttpStatusCode.OK, (await other.GetAsync("/v2/health/ready")).StatusCode);

        var accepted = Enumerable.Range(0, 30).Select(i => client.PostAsync("/v2/models/slow/infer", new StringContent(Bodies.Json("input", [1, 4], [i, 0, 0, 0])))).ToList();
        await accepted[0];

        // So many that the server is still there for what comes after.
        await Eventually.Async(async () => Pending(await other.GetStringAsync("/metrics")) + accepted.Count(static a => a.IsCompleted) >= accepted.Count - 1);
        process.Signal("TERM");
        var ready = await RefusedAsync(() => other.GetAsync("/v2/health/ready"));

        // It says that it is not ready before it refuses anything: these are two moments. What it takes between them must not wait until the end.
        var (late, why) = (ready, "");
        while (!why.Contains("Server is stopping", StringComparison.Ordinal))
        {
            late = await RefusedAsync(() => other.PostAsync("/v2/models/slow/infer", new StringContent(Bodies.Json("input", [1, 4], [1, 0, 0, 0], ""","parameters":{"timeout":1000}"""))));
            why = await late.Content.ReadAsStringAsync();
        }

        Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.ServiceUnavailable), (ready.StatusCode, late.StatusCode));
        var answers = await Task.WhenAll(accepted);
        Assert.All(answers, answer => Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable, $"{answer.StatusCode}"));
        Assert.True(answers.Count(a => a.StatusCode == HttpStatusCode.OK) > 1);
        Assert.Equal(0, (await process.ExitAsync()).ExitCode);
    }

    [Fact]
    public async Task Ctrl_C_ends_with_130()
    {
        using var registry = new TestRegistry();
        registry.Publish("fashion", TestModels.Classifier());
        await using var process = ServeProcess.Start(registry.Folder, "--models", registry.Folder, "--urls", "http://127.0.0.1:0");
        await process.ListeningAsync();
        process.Signal("INT");
        Assert.Equal((130, ""), await process.ExitAsync());
    }

    [Fact]
    public async Task A_port_in_use_is_an_error_that_says_what_to_do()
    {
        using var registry = new TestRegistry();
        registry.Publish("fashion", TestModels.Classifier());
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var url = $"http://127.0.0.1:{((IPEndPoint)taken.LocalEndpoint).Port}";

        await using var process = ServeProcess.Start(registry.Folder, "--models", registry.Folder, "--urls", url);

        Assert.Equal((1, $"serve: Cannot listen on {url}: the address is in use. Stop the program that has it, or choose another with --urls or --grpc-url.\n"), await process.ExitAsync());
    }

    [Fact]
    public async Task Wrong_settings_from_every_source_are_reported_at_once_with_exit_code_2()
    {
        using var registry = new TestRegistry();
        await File.WriteAllTextAsync(Path.Combine(registry.Folder, "appsettings.json"), """{"Serve":{"MaxQueueSize":"none","Unknown":1}}""");
        await using var process = ServeProcess.Start(registry.Folder, new Dictionary<string, string> { ["Serve__Threads"] = "0" }, "--max-batch-size", "many");

        var (exitCode, error) = await process.ExitAsync();

        Assert.Equal(2, exitCode);
        Assert.All(["--max-batch-size): 'many'", "--max-queue-size): 'none'", "--threads): '0'", "Serve:Unknown is not a setting"], problem => Assert.Contains(problem, error, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Settings_come_from_files_the_environment_and_the_command_line_in_rising_order()
    {
        using var registry = new TestRegistry();
        registry.Publish("fashion", TestModels.Classifier());
        await File.WriteAllTextAsync(Path.Combine(registry.Folder, "appsettings.json"), """{"Serve":{"Urls":"http://127.0.0.1:0","Models":".","MaxBatchSize":3,"MaxPixels":5,"Tune":"off"}}""");
        await using var process = ServeProcess.Start(registry.Folder, new Dictionary<string, string> { ["Serve__MaxBatchSize"] = "4", ["Serve__MaxPixels"] = "6" }, "--max-pixels", "7");
        using var client = new HttpClient { BaseAddress = await process.ListeningAsync() };

        Assert.Equal(4, JsonDocument.Parse(await client.GetStringAsync("/v1/models/fashion")).RootElement.GetProperty("max_batch_size").GetInt32());
        var refused = await client.PostAsync("/v1/models/fashion/classify", new ByteArrayContent(Bodies.PngOfSize(10, 10)));
        Assert.Contains("the limit is 7", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3, "has no exported model")]
    [InlineData(3, "No model", "--model", "missing")]
    [InlineData(2, "has no option '--max-batch'", "--max-batch", "3")]
    [InlineData(2, "--threads is given 2 times", "--threads", "1", "--threads", "2")]
    public async Task A_server_that_cannot_start_says_why_with_the_documented_exit_code(int exitCode, string message, params string[] arguments)
    {
        using var registry = new TestRegistry();
        await using var process = ServeProcess.Start(registry.Folder, ["--models", registry.Folder, "--urls", "http://127.0.0.1:0", .. arguments]);

        var (code, error) = await process.ExitAsync();

        Assert.Equal(exitCode, code);
        Assert.Contains(message, error, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_models_commands_are_there()
    {
        using var registry = new TestRegistry();
        registry.Publish("fashion", TestModels.Classifier());
        await using var process = ServeProcess.Start(registry.Folder, "models", "list", "--models", registry.Folder);

        Assert.Equal(0, (await process.ExitAsync()).ExitCode);
        Assert.Contains("fashion", process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_speaks_no_http_gets_400_and_the_server_goes_on()
    {
        using var registry = new TestRegistry();
        registry.Publish("fashion", TestModels.Classifier());
        await using var process = ServeProcess.Start(registry.Folder, "--models", registry.Folder, "--urls", "http://127.0.0.1:0");
        var url = await process.ListeningAsync();
        using (var socket = new TcpClient())
        {
            await socket.ConnectAsync(url.Host, url.Port);
            await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes("GIBBERISH\r\n\r\n"));
            using var reader = new StreamReader(socket.GetStream());
            Assert.StartsWith("HTTP/1.1 400", await reader.ReadLineAsync(), StringComparison.Ordinal);
        }

        using var client = new HttpClient { BaseAddress = url };
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/v2/health/live")).StatusCode);
    }

    private static int Pending(string metrics)
    {
        const string name = "nv_inference_pending_request_count{";
        var line = metrics.Split('\n').Single(static line => line.StartsWith(name, StringComparison.Ordinal));
        return int.Parse(line[(line.LastIndexOf(' ') + 1)..], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static async Task<HttpResponseMessage> RefusedAsync(Func<Task<HttpResponseMessage>> send)
    {
        while (true)
        {
            var response = await send();
            if (response.StatusCode != HttpStatusCode.OK)
            {
                return response;
            }
        }
    }
}
