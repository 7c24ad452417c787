using Microsoft.Extensions.Logging.Abstractions;
using Toolchain.Serve.Models;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests.Models;

public sealed class RegistryWatchTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    [Fact]
    public async Task An_alias_that_is_moved_while_it_is_read_and_then_set_back_is_followed_again()
    {
        using var registry = new TestRegistry();
        registry.Publish("fashion", TestModels.Classifier(seed: 1));
        registry.Publish("fashion", TestModels.Classifier(seed: 2));
        Point(1);
        using var stop = new CancellationTokenSource();
        var (follows, isFollowedAgain) = (0, false);
        var watch = new RegistryWatch(registry.Folder, Interval, NullLogger.Instance).RunAsync(FollowAsync, stop.Token);

        await Eventually.Async(() => Volatile.Read(ref isFollowedAgain));
        await stop.CancelAsync();
        await watch;

        // Longer than the resolution of file times.
        void Point(int version)
        {
            registry.Registry.SetAlias("fashion", "production", version);
            Thread.Sleep(Interval);
        }

        Task FollowAsync()
        {
            if (++follows == 1)
            {
                // A follower that reads between these has seen what is not there in the end.
                Point(2);
                Point(1);
            }
            else if (registry.Registry.Resolve(Registry.ModelReference.Parse("fashion@production")).Version == 1)
            {
                Volatile.Write(ref isFollowedAgain, true);
            }

            return Task.CompletedTask;
        }
    }
}
