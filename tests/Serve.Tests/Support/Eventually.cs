using System.Diagnostics;

namespace Toolchain.Serve.Tests.Support;

/// <summary>Waiting for what must happen, without guessing how long it takes.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Looks until it is so; fails when it never is.</summary>
    public static async Task Async(Func<bool> condition)
    {
        var started = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < Patience, "It did not happen.");
            await Task.Yield();
        }
    }

    /// <inheritdoc cref="Async(Func{bool})"/>
    public static async Task Async(Func<Task<bool>> condition)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < Patience, "It did not happen.");
        }
    }
}
