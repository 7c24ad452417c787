namespace Toolchain.Serve.Models;

/// <summary>Work that waits for a disk, or for other threads, or that takes seconds: on a thread of its own, since those of the pool are few and requests are theirs.</summary>
internal static class OwnThread
{
    /// <summary>Does it.</summary>
    /// <returns>Ends, or fails, as the work does.</returns>
    public static Task RunAsync(Action work) => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);

    /// <inheritdoc cref="RunAsync(Action)"/>
    public static Task<T> RunAsync<T>(Func<T> work) => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);
}
