namespace Toolchain.Registry;

internal static class Clock
{
    /// <summary>The time in UTC, in whole seconds, as manifests record it.</summary>
    public static DateTimeOffset Now(TimeProvider time) => DateTimeOffset.FromUnixTimeSeconds(time.GetUtcNow().ToUnixTimeSeconds());
}
