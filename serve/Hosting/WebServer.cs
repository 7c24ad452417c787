using Toolchain.Serve.Features;
using Toolchain.Serve.Grpc;
using Toolchain.Serve.Http;

namespace Toolchain.Serve;

/// <summary>The web application: what it listens with, what its handlers need, and what is where.</summary>
internal static class WebServer
{
    // A gRPC client puts all that it asks at the same time on one connection.
    private const int MaxStreamsPerConnection = 1024;

    /// <summary>Reads the configuration.</summary>
    /// <param name="commandLine">Settings that win over appsettings.json and the environment.</param>
    /// <exception cref="ToolchainException">A file of settings is damaged (<see cref="ErrorKind.Usage"/>).</exception>
    public static WebApplicationBuilder CreateBuilder(IEnumerable<KeyValuePair<string, string?>> commandLine)
    {
        try
        {
            // Settings are read once; watching files would only cost.
            var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = ["--hostBuilder:reloadConfigOnChange=false"], ApplicationName = "serve" });
            builder.Configuration.AddInMemoryCollection(commandLine);
            return builder;
        }
        catch (Exception damage) when (damage is InvalidDataException or FormatException)
        {
            throw new ToolchainException(ErrorKind.Usage, $"The settings cannot be read: {damage.Message} {damage.InnerException?.Message}".TrimEnd(), damage);
        }
    }

    /// <summary>Builds it; nothing listens yet.</summary>
    /// <param name="builder">The configuration.</param>
    /// <param name="options">The settings that were read from it.</param>
    /// <param name="parts">What handlers share with the models.</param>
    /// <param name="closeTimeout">How long connections may take to end.</param>
    public static WebApplication Build(WebApplicationBuilder builder, ServeOptions options, ServedParts parts, TimeSpan closeTimeout)
    {
        Listen(builder, options);
        AddServices(builder.Services, options, parts, closeTimeout);
        var web = builder.Build();
        if (options.GrpcUrl is not null)
        {
            web.UseMiddleware<GrpcCalls>();
        }

        web.UseMiddleware<ErrorResponses>();
        web.UseHead();
        web.UseRouting();
        web.UseMiddleware<WorkGate>();
        UseDocs(web);
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
        return web;
    }

    // The page and its library are loaded when somebody asks for them.
    private static void UseDocs(IApplicationBuilder web) => web.Use(next =>
    {
        var docs = new Lazy<RequestDelegate>(() =>
        {
            var branch = web.New();
            branch.UseSwaggerUI(static ui =>
            {
                ui.RoutePrefix = "docs";
                ui.SwaggerEndpoint("/openapi/v1.json", "Toolchain model server");
            });
            branch.Run(next);
            return branch.Build();
        });
        return http => http.Request.Path.StartsWithSegments("/docs") ? docs.Value(http) : next(http);
    });

    private static void Listen(WebApplicationBuilder builder, ServeOptions options)
    {
        // The addresses are those of the settings alone, whatever the environment says of others.
        builder.WebHost.UseUrls();
        builder.WebHost.UseSetting(WebHostDefaults.HttpPortsKey, "");

        // A connection that waits for its next request keeps 4 KB for it, and a request costs one system call less: a twelfth of a short one.
        builder.WebHost.UseSockets(static sockets => sockets.WaitForDataBeforeAllocatingBuffer = false);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = options.MaxBodyBytes;
            kestrel.Limits.Http2.MaxStreamsPerConnection = MaxStreamsPerConnection;
            kestrel.Listen(options);
        });
    }

    private static void AddServices(IServiceCollection services, ServeOptions options, ServedParts parts, TimeSpan closeTimeout)
    {
        services.AddSingleton(parts.Loggers.Value);
        services.AddSingleton(options);
        services.AddSingleton(parts.Time);
        services.AddSingleton(parts.State);
        services.AddSingleton(parts.Loads);
        services.AddSingleton(parts.Control);
        services.AddSingleton<LongWork>();
        services.AddSingleton<ImageDecoding>();
        services.AddSingleton(new ByteBudget(options.MaxQueueBytes));
        services.AddSingleton<IHostLifetime, CommandLifetime>();
        services.AddGrpcMethods();
        services.Configure<HostOptions>(host => host.ShutdownTimeout = closeTimeout);
        services.ConfigureHttpJsonOptions(static json => ServeJson.Apply(json.SerializerOptions));
        services.AddApiDocument();
    }

    /// <summary>The command decides when the server starts and stops; the host must not listen for signals too.</summary>
    private sealed class CommandLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
