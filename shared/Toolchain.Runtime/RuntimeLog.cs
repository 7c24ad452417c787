using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.ML.OnnxRuntime;

namespace Toolchain.Runtime;

/// <summary>
/// What ONNX Runtime says. It has one log for the whole process, so a session that somebody listens to has an identifier of its own; errors of all
/// others go to standard error.
/// </summary>
internal static class RuntimeLog
{
    private static readonly ConcurrentDictionary<string, ConcurrentQueue<string>> Listeners = new(StringComparer.Ordinal);
    private static readonly Lazy<OrtEnv> Created = new(static () => RuntimeThreads.StartPool(Create));
    private static long _count;

    /// <summary>ONNX Runtime's environment; nobody asks for it elsewhere, because the first request decides where the log goes.</summary>
    public static OrtEnv Environment => Created.Value;

    /// <summary>Collects what is said while something is done.</summary>
    /// <param name="work">Does it; what it makes must have the given identifier as its <c>LogId</c>.</param>
    /// <param name="said">The messages, in order.</param>
    public static T Listen<T>(Func<string, T> work, out IReadOnlyList<string> said)
    {
        var (id, messages) = (string.Create(CultureInfo.InvariantCulture, $"session-{Interlocked.Increment(ref _count)}"), new ConcurrentQueue<string>());
        Listeners[id] = messages;
        try
        {
            var result = work(id);
            said = [.. messages];
            return result;
        }
        finally
        {
            Listeners.TryRemove(id, out _);
        }
    }

    private static OrtEnv Create(int pool)
    {
        RuntimeTelemetry.TurnOff();
        using var threads = new OrtThreadingOptions { GlobalIntraOpNumThreads = pool, GlobalInterOpNumThreads = 1, GlobalSpinControl = false };
        var options = new EnvironmentCreationOptions { logId = "toolchain", logLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_WARNING, threadOptions = threads, loggingFunction = Hear };
        return OrtEnv.CreateInstanceWithOptions(ref options);
    }

    private static void Hear(IntPtr parameter, OrtLoggingLevel severity, string category, string id, string location, string message)
    {
        if (Listeners.TryGetValue(id, out var messages))
        {
            messages.Enqueue(message.Trim());
        }
        else if (severity >= OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR)
        {
            Console.Error.WriteLine($"ONNX Runtime: {message.Trim()} ({location})");
        }
    }
}
