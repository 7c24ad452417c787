namespace Toolchain.Serve;

/// <summary>A logger whose log is made when it is first asked for anything.</summary>
/// <param name="loggers">The log.</param>
internal sealed class LateLogger<T>(Lazy<ILoggerFactory> loggers) : ILogger<T>
{
    private readonly Lazy<ILogger> _logger = new(() => loggers.Value.CreateLogger<T>());

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => _logger.Value.BeginScope(state);

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => _logger.Value.IsEnabled(logLevel);

    /// <inheritdoc/>
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _logger.Value.Log(logLevel, eventId, state, exception, formatter);
}
