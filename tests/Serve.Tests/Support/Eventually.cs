using System.Diagnostics;

namespace Toolchain.Serve.Tests.Support;

/// <summary>Waiting for what must happen, without guessing how long it takes.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Looks until it is so; fails when it never is.</summary>
    public static Task Async(Func<bool> condition) => Async(async () =>
    {
        await Task.Yield();
        return condition();
    });

    /// <inheritdoc cref="Async(Func{bool})"/>
    public static async Task Async(Func<Task<bool>> condition)
    {
        var started = Stopwatch.GetTimestamp();
        for (var looks = 1; !await condition(); looks++)
        {
            Assert.True(
                Stopwatch.GetElapsedTime(started) < Patience,
                $"It did not happen. Looked {looks} times in {Stopwatch.GetElapsedTime(started)}; the pool has {ThreadPool.ThreadCount} threads and {ThreadPool.PendingWorkItemCount} pieces of work that wait.");
        }
    }
}
