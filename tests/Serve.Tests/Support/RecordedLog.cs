using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Toolchain.Serve.Tests.Support;

/// <summary>What a server logged.</summary>
internal sealed class RecordedLog : ILoggerProvider
{
    private readonly ConcurrentQueue<(int Id, string Text, string? Thread)> _events = new();

    /// <summary>Attaches to a server.</summary>
    public static RecordedLog Of(RunningServer server)
    {
        var log = new RecordedLog();
        server.Application.Services.GetRequiredService<ILoggerFactory>().AddProvider(log);
        return log;
    }

    /// <summary>The texts of the events with a number.</summary>
    public IReadOnlyList<string> Events(int id) => [.. _events.Where(e => e.Id == id).Select(e => e.Text)];

    /// <summary>The texts of all events.</summary>
    public IEnumerable<string> Texts => _events.Select(static e => e.Text);

    /// <summary>The names of the threads on which events were logged whose text begins so.</summary>
    public IReadOnlyList<string?> ThreadsOf(string start) => [.. _events.Where(e => e.Text.StartsWith(start, StringComparison.Ordinal)).Select(static e => e.Thread)];

    public ILogger CreateLogger(string categoryName) => new Recorder(_events);

    public void Dispose()
    {
    }

    private sealed class Recorder(ConcurrentQueue<(int, string, string?)> events) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            events.Enqueue((eventId.Id, formatter(state, exception), Thread.CurrentThread.Name));
    }
}
