using System.Net;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests.HardCases;

/// <summary>One server process that many attacks share, one after the other: what one of them spoils, the next ones see.</summary>
public sealed class AttackedServer : IAsyncLifetime
{
    /// <summary>Most bytes of a body, compressed or not.</summary>
    internal const int MaxBodyBytes = 4_000_000;

    private readonly TestRegistry _registry = new();

    internal HardServer Server { get; private set; } = null!;

    internal ServerClient Client => Server.Client;

    public async ValueTask InitializeAsync()
    {
        _registry.Publish("echo", TestModels.Echo());
        _registry.Publish("picky", TestModels.Picky());
        _registry.Publish("fashion", TestModels.Classifier(), TestRegistry.TenLabels);
        Server = await HardServer.StartAsync(_registry, "--max-body-bytes", $"{MaxBodyBytes}", "--max-pixels", "1000000", "--max-queue-size", "2000");
    }

    /// <summary>Runs an attack among requests that are right, each of which must get exactly its own rows.</summary>
    internal async Task<Answer> AmongOthersAsync(Func<Task<Answer>> attack)
    {
        var before = Enumerable.Range(0, 4).Select(i => Client.InferAsync("echo", i)).ToList();
        var attacked = attack();
        var after = Enumerable.Range(4, 4).Select(i => Client.InferAsync("echo", i)).ToList();
        foreach (var (tag, answer) in (await Task.WhenAll([.. before, .. after])).Index())
        {
            Assert.Equal([tag, tag, tag, tag], answer.Output("logits"));
        }

        return await attacked;
    }

    /// <summary>Checks that a refusal says why in a few words, and nothing of the server's inside.</summary>
    internal void AssertRefused(Answer answer, int status, string fragment = "")
    {
        Assert.True(status == (int)answer.Status, $"Expected {status}, got {(int)answer.Status}: {Shortened(answer.Text)}");
        Assert.Contains(fragment, answer.Error, StringComparison.Ordinal);
        AssertDiscreet(answer.Error);
    }

    /// <summary>Checks that an answer is right or an error that the documentation has.</summary>
    internal void AssertAnswered(Answer answer)
    {
        if (answer.Status != HttpStatusCode.OK)
        {
            Assert.Contains((int)answer.Status, (int[])[400, 404, 405, 408, 413, 415, 500, 501, 503]);
            AssertDiscreet(answer.Error);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Server.AssertUnharmedAsync();
        await Server.EndsWellAsync();
        await Server.DisposeAsync();
        _registry.Dispose();
    }

    private static string Shortened(string text) => text.Length <= 300 ? text : text[..300];

    private void AssertDiscreet(string error)
    {
        Assert.InRange(error.Length, 10, 2000);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", error, StringComparison.Ordinal);
        Assert.DoesNotContain("defect", error, StringComparison.Ordinal);
        Assert.DoesNotContain(_registry.Folder, error, StringComparison.Ordinal);
    }
}

/// <summary>The classes that attack the one server.</summary>
[CollectionDefinition(nameof(AttackedServer))]
public sealed class AttackedServerCollection : ICollectionFixture<AttackedServer>;
