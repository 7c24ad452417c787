using Microsoft.Extensions.Logging.Console;
using Toolchain.Serve.Batching;
using Toolchain.Serve.Metrics;
using Toolchain.Serve.Models;

namespace Toolchain.Serve;

/// <summary>What the models and the web application have in common. It is there before the web application, so that models can be loaded meanwhile.</summary>
/// <param name="Loggers">The log. Making it takes about as long as reading a model, so that happens beside it.</param>
/// <param name="Time">The clock.</param>
/// <param name="State">What requests see of the server.</param>
/// <param name="Loads">How loads of models went.</param>
/// <param name="Control">Loads and unloads models.</param>
internal sealed record ServedParts(Lazy<ILoggerFactory> Loggers, TimeProvider Time, ServerState State, LoadStatistics Loads, ModelControl Control) : IDisposable
{
    /// <summary>Makes them; nothing is loaded yet.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="configuration">Its section <c>Logging</c> says what is logged.</param>
    public static ServedParts Of(ServeOptions options, IConfiguration configuration)
    {
        var (time, state, loads) = (TimeProvider.System, new ServerState(), new LoadStatistics());
        var loggers = new Lazy<ILoggerFactory>(() => LoggerFactory.Create(logging => Configure(logging, configuration)));
        var loader = new ModelLoader(options, new(options, time, new LateLogger<InstanceLoader>(loggers)), time, new LateLogger<ModelLoader>(loggers));
        return new(loggers, time, state, loads, new(options, loader, state, loads, time, new LateLogger<ModelControl>(loggers)));
    }

    /// <summary>Ends the log.</summary>
    public void Dispose()
    {
        if (Loggers.IsValueCreated)
        {
            Loggers.Value.Dispose();
        }
    }

    private static void Configure(ILoggingBuilder logging, IConfiguration configuration)
    {
        // Standard output has the line that says where the server listens; the log goes to standard error, and is quiet unless appsettings.json says otherwise.
        logging.AddConfiguration(configuration.GetSection("Logging"));
        logging.AddSimpleConsole(static line => (line.SingleLine, line.TimestampFormat, line.UseUtcTimestamp, line.ColorBehavior) = (true, "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ", true, LoggerColorBehavior.Disabled));
        logging.Services.Configure<ConsoleLoggerOptions>(static console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        logging.SetMinimumLevel(LogLevel.Warning);
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);

        // Whatever this category could log, errors included, is logged or answered here; while it is on, every request makes an activity and a scope.
        logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
    }
}
