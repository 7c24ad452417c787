using Toolchain.Runtime;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests;

/// <summary>Which device is taken, and what is said when it is not there. Nothing here needs a GPU.</summary>
public sealed class DeviceTests
{
    [Theory]
    [InlineData("auto", 0, "cpu")]
    [InlineData("auto", 2, "cuda:0")]
    [InlineData("cpu", 2, "cpu")]
    [InlineData("cuda", 1, "cuda:0")]
    [InlineData("cuda:1", 2, "cuda:1")]
    public void A_device_is_taken_as_far_as_there_is_one(string asked, int gpus, string taken) =>
        Assert.Equal(taken, DeviceSpec.Parse(asked).Resolve(gpus, "there is none").ToString());

    [Theory]
    [InlineData("cuda", 0, "Device cuda:0 was asked for, but no driver answers.")]
    [InlineData("cuda:1", 1, "Device cuda:1 was asked for, but there is 1 GPU")]
    [InlineData("cuda:4", 2, "Device cuda:4 was asked for, but there are 2 GPUs")]
    public void A_gpu_that_is_not_there_is_an_error_that_says_what_is(string asked, int gpus, string message)
    {
        var refusal = Assert.Throws<ToolchainException>(() => DeviceSpec.Parse(asked).Resolve(gpus, "no driver answers"));

        Assert.Equal(ErrorKind.Unavailable, refusal.Kind);
        Assert.StartsWith(message, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_to_use_a_gpu_without_one_does_not_start_and_says_what_is_missing()
    {
        Assert.SkipWhen(RuntimeDevices.Resolve(DeviceSpec.Auto).Kind == DeviceKind.Cuda, "There is a GPU.");
        using var registry = new TestRegistry();
        registry.Publish("echo", TestModels.Echo());

        var refusal = await Assert.ThrowsAsync<ToolchainException>(() => RunningServer.StartAsync(registry, ("Device", "cuda")));

        Assert.Equal(ErrorKind.Unavailable, refusal.Kind);
        Assert.StartsWith("Device cuda:0 was asked for, but ", refusal.Message, StringComparison.Ordinal);
        Assert.EndsWith("Use --device cpu, or install what is missing.", refusal.Message, StringComparison.Ordinal);
    }
}
