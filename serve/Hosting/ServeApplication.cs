using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Logging.Console;
using Toolchain.Runtime;
using Toolchain.Serve.Batching;
using Toolchain.Serve.Features;
using Toolchain.Serve.Grpc;
using Toolchain.Serve.Http;
using Toolchain.Serve.Metrics;
using Toolchain.Serve.Models;

namespace Toolchain.Serve;

/// <summary>A server: its web application, its models, and the order in which they start and stop.</summary>
internal sealed class ServeApplication : IAsyncDisposable
{
    // What is left of the connections after everything accepted was answered, or given up.
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(2);

    // A gRPC client puts all that it asks at the same time on one connection.
    private const int MaxStreamsPerConnection = 1024;
    private readonly WebApplication _web;
    private readonly ServeOptions _options;
    private readonly ServerState _state;
    private readonly ModelControl _control;
    private readonly Task _runtime;

    private ServeApplication(WebApplication web, ServeOptions options, Task runtime) =>
        (_web, _options, _state, _control, _runtime) = (web, options, web.Services.GetRequiredService<ServerState>(), web.Services.GetRequiredService<ModelControl>(), runtime);

    /// <summary>The addresses that it listens on, with real ports; after <see cref="StartAsync"/>.</summary>
    public IReadOnlyList<string> Urls => [.. Addresses.Take(Addresses.Count - (_options.GrpcUrl is null ? 0 : 1))];

    /// <summary>The address on which it listens for gRPC, with its real port; null when it does not. After <see cref="StartAsync"/>.</summary>
    public string? GrpcUrl => _options.GrpcUrl is null ? null : Addresses.Last();

    /// <summary>The models.</summary>
    public ServedModels Models => _state.Models;

    /// <summary>What requests see of the server.</summary>
    internal IServiceProvider Services => _web.Services;

    // In the order in which they were asked for, gRPC's last.
    private ICollection<string> Addresses => _web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;

    /// <summary>Reads the settings and builds the server.</summary>
    /// <param name="commandLine">Settings that win over appsettings.json and the environment; keys as <c>Serve:Models</c>.</param>
    /// <exception cref="ToolchainException">Settings are wrong; all problems together (<see cref="ErrorKind.Usage"/>).</exception>
    public static ServeApplication Create(IEnumerable<KeyValuePair<string, string?>> commandLine)
    {
        // What models run on is loaded while the web application is built. A process that ends in the middle of that can crash: also a failure waits for it.
        var runtime = Task.Run(static () => RuntimeDevices.Version);
        try
        {
            var (web, options) = Build(commandLine);
            return new(web, options, runtime);
        }
        catch
        {
            ((IAsyncResult)runtime).AsyncWaitHandle.WaitOne();
            throw;
        }
    }

    /// <summary>Listens, loads the models, and accepts requests.</summary>
    /// <exception cref="ToolchainException">An address cannot be listened on (<see cref="ErrorKind.Unavailable"/>), or there is no model to serve.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        // Runs and decoders block the threads that they are on; requests need threads beside them.
        ThreadPool.GetMinThreads(out var workers, out var completions);
        ThreadPool.SetMinThreads(workers + _options.DecodeThreads + Environment.ProcessorCount, completions);

        var models = Task.Run(() => _control.StartAsync(cancellationToken), cancellationToken);
        try
        {
            await _web.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception refusal) when (refusal is IOException or System.Net.Sockets.SocketException or InvalidOperationException)
        {
            throw CannotListen(refusal);
        }
        finally
        {
            // Also when there is nothing to listen on: models must not be given back while others are loaded.
            await Task.WhenAny(models).ConfigureAwait(false);
        }

        await models.ConfigureAwait(false);
        _state.Serve();
    }

    /// <summary>
    /// Says that it is not ready, accepts nothing more after the leave delay, finishes what was accepted as far as the drain timeout allows, and ends.
    /// </summary>
    public async Task StopAsync()
    {
        _state.Leave();
        var quiet = _control.StopAsync();
        await Task.Delay(_options.LeaveDelay).ConfigureAwait(false);
        try
        {
            await _state.StopAccepting().WaitAsync(_options.DrainTimeout).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            _web.Logger.DrainTimedOut(_state.UnderWay, _options.DrainTimeout.TotalSeconds);
        }

        using var limit = new CancellationTokenSource(CloseTimeout);
        await Task.WhenAll(_state.Models.Loaded.Select(static m => m.Batcher.StopAsync())).WaitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _web.StopAsync(limit.Token).ConfigureAwait(false);
        await quiet.ConfigureAwait(false);
    }

    /// <summary>Gives everything back; after <see cref="StopAsync"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        await _control.DisposeAsync().ConfigureAwait(false);
        await _web.DisposeAsync().ConfigureAwait(false);
        await _runtime.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static (WebApplication Web, ServeOptions Options) Build(IEnumerable<KeyValuePair<string, string?>> commandLine)
    {
        var builder = CreateBuilder();
        builder.Configuration.AddInMemoryCollection(commandLine);
        var options = ServeSettings.Read(builder.Configuration);
        ConfigureServer(builder, options);
        ConfigureServices(builder.Services, options);
        var web = builder.Build();
        if (options.GrpcUrl is not null)
        {
            web.UseMiddleware<GrpcCalls>();
        }

        web.UseMiddleware<ErrorResponses>();
        web.UseRouting();
        web.UseMiddleware<WorkGate>();
        web.UseWhen(static http => http.Request.Path.StartsWithSegments("/docs"), static docs => docs.UseSwaggerUI(static ui =>
        {
            ui.RoutePrefix = "docs";
            ui.SwaggerEndpoint("/openapi/v1.json", "Toolchain model server");
        }));
        web.MapOpenApi();
        web.MapHealth();
        web.MapMetrics();
        web.MapModels();
        web.MapConfig();
        web.MapStatistics();
        web.MapRepository();
        web.MapInfer();
        web.MapCards();
        web.MapClassify();
        web.MapSegment();
        return (web, options);
    }

    private static WebApplicationBuilder CreateBuilder()
    {
        try
        {
            // Settings are read once; watching files would only cost.
            return WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = ["--hostBuilder:reloadConfigOnChange=false"], ApplicationName = "serve" });
        }
        catch (Exception damage) when (damage is InvalidDataException or FormatException)
        {
            throw new ToolchainException(ErrorKind.Usage, $"The settings cannot be read: {damage.Message} {damage.InnerException?.Message}".TrimEnd(), damage);
        }
    }

    private static void ConfigureServer(WebApplicationBuilder builder, ServeOptions options)
    {
        // The addresses are those of the settings alone, whatever the environment says of others.
        builder.WebHost.UseUrls();
        builder.WebHost.UseSetting(WebHostDefaults.HttpPortsKey, "");
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = options.MaxBodyBytes;
            kestrel.Limits.Http2.MaxStreamsPerConnection = MaxStreamsPerConnection;
            kestrel.Listen(options);
        });

        // Standard output has the line that says where the server listens; the log goes to standard error, and is quiet unless appsettings.json says otherwise.
        builder.Logging.AddSimpleConsole(static line => (line.SingleLine, line.TimestampFormat, line.UseUtcTimestamp, line.ColorBehavior) = (true, "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ", true, LoggerColorBehavior.Disabled));
        builder.Services.Configure<ConsoleLoggerOptions>(static console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);

        // Whatever this category could log, errors included, is logged or answered here; while it is on, every request makes an activity and a scope.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
    }

    private static void ConfigureServices(IServiceCollection services, ServeOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<ServerState>();
        services.AddSingleton<InstanceLoader>();
        services.AddSingleton<ModelLoader>();
        services.AddSingleton<LoadStatistics>();
        services.AddSingleton<ModelControl>();
        services.AddSingleton<ImageDecoding>();
        services.AddSingleton(new ByteBudget(options.MaxQueueBytes));
        services.AddSingleton<IHostLifetime, CommandLifetime>();
        services.AddGrpcMethods();
        services.Configure<HostOptions>(static host => host.ShutdownTimeout = CloseTimeout);
        services.ConfigureHttpJsonOptions(static json => ServeJson.Apply(json.SerializerOptions));
        services.AddApiDocument();
    }

    private ToolchainException CannotListen(Exception refusal)
    {
        var why = refusal.InnerException is AddressInUseException ? "the address is in use. Stop the program that has it, or choose another with --urls or --grpc-url" : refusal.Message.TrimEnd('.');
        return new(ErrorKind.Unavailable, $"Cannot listen on {string.Join(" and ", _options.GrpcUrl is { } grpc ? [.. _options.Urls, grpc] : _options.Urls)}: {why}.", refusal);
    }

    /// <summary>The command decides when the server starts and stops; the host must not listen for signals too.</summary>
    private sealed class CommandLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
