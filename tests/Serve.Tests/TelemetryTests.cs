using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests;

public sealed class TelemetryTests
{
    [Fact]
    public async Task A_server_leaves_nothing_in_the_home_folder_that_could_be_sent_to_anybody()
    {
        using var registry = new TestRegistry();
        registry.Publish("fashion", TestModels.Classifier());
        var home = Directory.CreateDirectory(Path.Combine(registry.Folder, "home")).FullName;
        var environment = new Dictionary<string, string> { ["HOME"] = home, ["XDG_CACHE_HOME"] = Path.Combine(home, ".cache") };
        await using var process = ServeProcess.Start(registry.Folder, environment, "--models", registry.Folder, "--model", "fashion", "--urls", "http://127.0.0.1:0");

        await process.ListeningAsync();
        process.Signal("TERM");

        Assert.Equal(0, (await process.ExitAsync()).ExitCode);
        Assert.Empty(Directory.GetFileSystemEntries(home));
    }
}
