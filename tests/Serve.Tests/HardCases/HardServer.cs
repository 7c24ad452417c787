using System.Globalization;
using System.Net;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests.HardCases;

/// <summary>A serve process that hard cases are tried on. Whatever was done to it, it must end as it began: up, idle, and with nothing in its log that is a defect.</summary>
internal sealed class HardServer : IAsyncDisposable
{
    private readonly ServeProcess _process;

    private HardServer(ServeProcess process, Uri url, Uri? grpc) => (_process, Url, Grpc, Client) = (process, url, grpc, new(url));

    public Uri Url { get; }

    /// <summary>Where gRPC is, if that was asked for.</summary>
    public Uri? Grpc { get; }

    public ServerClient Client { get; }

    /// <summary>What it takes of the machine now.</summary>
    public ProcessUsage Usage => ProcessUsage.Of(_process.Id);

    /// <summary>Starts the program and waits until it listens.</summary>
    public static async Task<HardServer> StartAsync(TestRegistry registry, params string[] arguments)
    {
        var process = ServeProcess.Start(registry.Folder, ["--models", registry.Folder, "--urls", "http://127.0.0.1:0", "--tune", "off", .. arguments]);
        try
        {
            var url = await process.ListeningAsync();
            return new(process, url, arguments.Contains("--grpc-url") ? await process.GrpcListeningAsync() : null);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    public Task<RawConnection> ConnectAsync(int? receiveBuffer = null) => RawConnection.OpenAsync(Url, receiveBuffer);

    /// <summary>Sends one request on a connection of its own.</summary>
    public async Task<Answer> AskAsync(ReadOnlyMemory<byte> request)
    {
        using var connection = await ConnectAsync();
        return await connection.AskAsync(request);
    }

    /// <summary>The sum of a metric's values over all sets of labels that contain these.</summary>
    public async Task<double> MetricAsync(string name, params string[] labels)
    {
        var text = (await Client.GetAsync("/metrics")).Text;
        return text.Split('\n')
            .Where(line => line.StartsWith(name + "{", StringComparison.Ordinal) || line.StartsWith(name + " ", StringComparison.Ordinal))
            .Where(line => labels.All(label => line.Contains(label, StringComparison.Ordinal)))
            .Sum(static line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
    }

    /// <summary>Waits until nothing waits for a model.</summary>
    public async Task IdleAsync()
    {
        while (await MetricAsync("nv_inference_pending_request_count") > 0)
        {
            await Task.Yield();
        }
    }

    /// <summary>Checks that it is up, idle, and right.</summary>
    public async Task AssertUnharmedAsync(string model = "echo")
    {
        Assert.Equal(HttpStatusCode.OK, (await Client.GetAsync("/v2/health/ready")).Status);
        await IdleAsync().WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal((float[])[7, 7, 7, 7], (await Client.InferAsync(model, 7)).Output("logits"));
    }

    /// <summary>Asks it to end, and checks that it does, and that nothing went wrong that nobody foresaw.</summary>
    public async Task EndsWellAsync()
    {
        _process.Signal("TERM");
        var (exitCode, log) = await _process.ExitAsync();
        Assert.Equal(0, exitCode);
        Assert.DoesNotContain("met a defect", log, StringComparison.Ordinal);
        Assert.False(log.Contains("   at ", StringComparison.Ordinal), log);
    }

    /// <summary>Sends it a signal.</summary>
    public void Signal(string name) => _process.Signal(name);

    /// <summary>Waits for its end.</summary>
    public Task<(int ExitCode, string Error)> ExitAsync() => _process.ExitAsync();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _process.DisposeAsync();
    }
}
