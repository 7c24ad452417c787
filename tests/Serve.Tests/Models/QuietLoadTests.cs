using System.Net;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests.Models;

/// <summary>Loads beside requests yield to them, and leave behind threads that do not, whatever the server may do.</summary>
public sealed class QuietLoadTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(true, "--threads", "1")]
    [InlineData(true, "--threads", "2", "--thread-budget", "4")]
    [InlineData(false)]
    [InlineData(false, "--threads", "1")]
    [InlineData(false, "--threads", "2", "--thread-budget", "4")]
    public async Task Threads_that_answer_requests_are_ordinary_after_a_quiet_load(bool mayUndo, params string[] settings)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere threads have no niceness.");
        Assert.SkipWhen(mayUndo && !Environment.IsPrivilegedProcess, "Only root may make threads less nice.");
        using var registry = new TestRegistry();
        registry.Publish("first", TestModels.Slow(layers: 4));
        registry.Publish("second", TestModels.Slow(layers: 4));
        string[] arguments = ["--models", registry.Folder, "--urls", "http://127.0.0.1:0", "--model-control", "explicit", "--model", "first", .. settings];
        await using var server = mayUndo ? ServeProcess.Start(registry.Folder, arguments) : ServeProcess.StartUnprivileged(registry.Folder, arguments);
        using var client = new HttpClient { BaseAddress = await server.ListeningAsync() };
        var ordinary = Assert.Single(ThreadUsage.Of(server.Id).Select(static thread => thread.Niceness).Distinct());

        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("/v2/repository/models/second/load", null)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("/v2/models/second/infer", new StringContent(Bodies.Json("input", [1, 4], [1, 2, 3, 4])))).StatusCode);

        var threads = ThreadUsage.Of(server.Id);
        Assert.Contains(threads, static thread => thread.Name == "second:1 #0");
        Assert.Contains(threads, thread => thread.Name == "quiet work" && thread.Niceness > ordinary);
        Assert.All(threads.Where(static thread => thread.Name is not ("quiet work" or ".NET Tiered Com")), thread => Assert.Equal((thread.Name, ordinary), (thread.Name, thread.Niceness)));
    }
}
