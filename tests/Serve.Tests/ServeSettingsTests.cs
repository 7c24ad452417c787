using Microsoft.Extensions.Configuration;

namespace Toolchain.Serve.Tests;

public sealed class ServeSettingsTests
{
    [Fact]
    public void Without_settings_there_are_defaults()
    {
        var options = Read();
        Assert.Equal(["http://127.0.0.1:8080"], options.Urls);
        Assert.Equal((32, 256, 67108864L, 50_000_000L, TimeSpan.FromSeconds(30), TimeSpan.Zero), (options.MaxBatchSize, options.MaxQueueSize, options.MaxBodyBytes, options.MaxPixels, options.DrainTimeout, options.MaxQueueDelay));
    }

    [Fact]
    public void Every_setting_reaches_the_options()
    {
        var options = Read(
            ("Urls", "http://0.0.0.0:8000;http://[::1]:8001"), ("Model:0", "a:3"), ("Model:1", "b@production"), ("Models", "elsewhere"), ("Device", "cuda:1"), ("Threads", "3"), ("DecodeThreads", "5"),
            ("MaxBatchSize", "7"), ("MaxQueueDelay", "1.5"), ("MaxQueueSize", "9"), ("MaxQueueBytes", "10"), ("QueueTimeout", "250"), ("MaxBodyBytes", "11"), ("MaxPixels", "12"), ("DrainTimeout", "0.5"));

        Assert.Equal(["http://0.0.0.0:8000", "http://[::1]:8001"], options.Urls);
        Assert.Equal(["a:3", "b@production"], options.Model.Select(m => m.ToString()));
        Assert.Equal(("elsewhere", "cuda:1", 3, 5, 7), (options.Models, options.Device.ToString(), options.Threads, options.DecodeThreads, options.MaxBatchSize));
        Assert.Equal((TimeSpan.FromMilliseconds(1.5), 9, 10L, TimeSpan.FromMilliseconds(250)), (options.MaxQueueDelay, options.MaxQueueSize, options.MaxQueueBytes, options.QueueTimeout));
        Assert.Equal((11L, 12L, TimeSpan.FromSeconds(0.5)), (options.MaxBodyBytes, options.MaxPixels, options.DrainTimeout));
        Assert.Equal(typeof(ServeOptions).GetProperties().Where(p => p.CanWrite).Select(p => p.Name).Order(), ServeSettings.All.Select(s => s.Key).Order());
    }

    [Fact]
    public void Settings_of_coming_and_going_reach_the_options()
    {
        var options = Read(("Watch", "off"), ("PollInterval", "0.25"), ("ModelControl", "explicit"), ("LeaveDelay", "3"));
        Assert.Equal((false, TimeSpan.FromSeconds(0.25), true, TimeSpan.FromSeconds(3)), (options.Watch, options.PollInterval, options.ModelControl, options.LeaveDelay));
        Assert.Equal((true, TimeSpan.FromSeconds(5), false, TimeSpan.Zero), (Read().Watch, Read().PollInterval, Read().ModelControl, Read().LeaveDelay));
        Assert.Contains("'maybe' cannot be used. Expected off or on.", Assert.Throws<ToolchainException>(() => Read(("Watch", "maybe"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_of_batching_reach_the_options()
    {
        var options = Read(("Instances", "2"), ("ThreadBudget", "6"), ("Tune", "off"), ("PreferredBatchSize:0", "8"), ("PreferredBatchSize:1", "4"), ("Slo", "40"), ("RunTimeout", "7.5"));
        Assert.Equal((2, 6, false), (options.Instances, options.ThreadBudget, options.Tune));
        Assert.Equal([4, 8], options.PreferredBatchSize);
        Assert.Equal((TimeSpan.FromMilliseconds(40), TimeSpan.FromSeconds(7.5)), (options.Slo, options.RunTimeout));
        Assert.Equal((options.PreferredBatchSize, options.Slo, options.RunTimeout), (options.Batch.PreferredBatchSizes, options.Batch.LatencyTarget, options.Batch.RunTimeout));
        Assert.Equal((true, null, TimeSpan.FromSeconds(60)), (Read().Tune, Read().Slo, Read().RunTimeout));
        Assert.Equal(Timeout.InfiniteTimeSpan, Read(("RunTimeout", "0")).RunTimeout);
    }

    [Fact]
    public void The_address_of_grpc_is_one_or_none()
    {
        Assert.Null(Read().GrpcUrl);
        Assert.Equal("http://127.0.0.1:8001", Read(("GrpcUrl", "http://127.0.0.1:8001")).GrpcUrl);
        Assert.All(["http://127.0.0.1:1;http://127.0.0.1:2", "https://127.0.0.1:1", "8001"], url => Assert.Contains("(--grpc-url)", Assert.Throws<ToolchainException>(() => Read(("GrpcUrl", url))).Message, StringComparison.Ordinal));
    }

    [Fact]
    public void A_preferred_size_beyond_the_largest_batch_is_refused() =>
        Assert.Contains("'64' cannot be used. A batch has at most 32 rows", Assert.Throws<ToolchainException>(() => Read(("PreferredBatchSize", "64"))).Message, StringComparison.Ordinal);

    [Fact]
    public void All_problems_are_reported_together()
    {
        var failure = Assert.Throws<ToolchainException>(() => Read(
            ("Urls", "https://127.0.0.1:1"), ("Model", "Not A Name"), ("MaxBatchSize", "0"), ("Threads", "-1"), ("MaxQueueDelay", "soon"), ("Device", "tpu"), ("MaxBatchSiz", "3")));

        Assert.Equal(ErrorKind.Usage, failure.Kind);
        Assert.All(
            ["Serve:Urls (--urls): 'https://127.0.0.1:1' cannot be used. Only http", "Serve:Model (--model)", "'0' cannot be used. Expected a whole number from 1 to 4096", "'-1' cannot be used", "'soon' cannot be used", "Device 'tpu' is not known", "Serve:MaxBatchSiz is not a setting"],
            problem => Assert.Contains(problem, failure.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("http://localhost:0")]
    [InlineData("8080")]
    [InlineData("ftp://127.0.0.1")]
    [InlineData("http://127.0.0.1:8080/path")]
    [InlineData("http://127.0.0.1:99999")]
    public void An_address_that_cannot_be_listened_on_is_refused(string url) =>
        Assert.Contains($"'{url}' cannot be used", Assert.Throws<ToolchainException>(() => Read(("Urls", url))).Message, StringComparison.Ordinal);

    private static ServeOptions Read(params (string Key, string Value)[] settings) => ServeSettings.Read(
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(s => KeyValuePair.Create("Serve:" + s.Key, (string?)s.Value))).Build());
}
