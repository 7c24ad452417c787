using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Toolchain.Runtime;
using Toolchain.Serve.Models;

namespace Toolchain.Serve;

/// <summary>A server: its web application, its models, and the order in which they start and stop.</summary>
internal sealed class ServeApplication : IAsyncDisposable
{
    // What is left of the connections after everything accepted was answered, or given up.
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(2);
    private readonly ServeOptions _options;
    private readonly ServedParts _parts;
    private readonly Task _models;
    private readonly WebApplication _web;

    private ServeApplication(WebApplicationBuilder builder, ServeOptions options, CancellationToken cancellationToken)
    {
        (_options, _parts) = (options, ServedParts.Of(options, builder.Configuration));

        // Models are loaded while the web application is built: each takes a while, and mostly on one processor.
        _models = Task.Run(() => _parts.Control.StartAsync(cancellationToken), cancellationToken);
        _web = WebServer.Build(builder, options, _parts, CloseTimeout);
    }

    /// <summary>The addresses that it listens on, with real ports.</summary>
    public IReadOnlyList<string> Urls => [.. Addresses.Take(Addresses.Count - (_options.GrpcUrl is null ? 0 : 1))];

    /// <summary>The address on which it listens for gRPC, with its real port; null when it does not.</summary>
    public string? GrpcUrl => _options.GrpcUrl is null ? null : Addresses.Last();

    /// <summary>The models.</summary>
    public ServedModels Models => _parts.State.Models;

    /// <summary>What requests see of the server.</summary>
    internal IServiceProvider Services => _web.Services;

    // In the order in which they were asked for, gRPC's last.
    private ICollection<string> Addresses => _web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;

    /// <summary>Reads the settings, listens, loads the models, and accepts requests.</summary>
    /// <param name="commandLine">Settings that win over appsettings.json and the environment; keys as <c>Serve:Models</c>.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <exception cref="ToolchainException">
    /// Settings are wrong, all problems together (<see cref="ErrorKind.Usage"/>); an address cannot be listened on (<see cref="ErrorKind.Unavailable"/>); or there is no model to serve.
    /// </exception>
    public static async Task<ServeApplication> StartAsync(IEnumerable<KeyValuePair<string, string?>> commandLine, CancellationToken cancellationToken)
    {
        // What models run on is loaded from the first moment. A process that ends in the middle of that can crash: also a failure waits for it.
        var runtime = Task.Run(static () => RuntimeDevices.Version, CancellationToken.None);
        try
        {
            var builder = WebServer.CreateBuilder(commandLine);
            var application = new ServeApplication(builder, ServeSettings.Read(builder.Configuration), cancellationToken);
            await application.StartAsync(cancellationToken).ConfigureAwait(false);
            return application;
        }
        finally
        {
            await ((Task)runtime).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>
    /// Says that it is not ready, accepts nothing more after the leave delay, finishes what was accepted as far as the drain timeout allows, and ends.
    /// </summary>
    public async Task StopAsync()
    {
        _parts.State.Leave();
        var quiet = _parts.Control.StopAsync();
        await Task.Delay(_options.LeaveDelay).ConfigureAwait(false);
        try
        {
            await _parts.State.StopAccepting().WaitAsync(_options.DrainTimeout).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            _web.Logger.DrainTimedOut(_parts.State.UnderWay, _options.DrainTimeout.TotalSeconds);
        }

        using var limit = new CancellationTokenSource(CloseTimeout);
        await Task.WhenAll(_parts.State.Models.Loaded.Select(static m => m.Batcher.StopAsync())).WaitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _web.StopAsync(limit.Token).ConfigureAwait(false);
        await quiet.ConfigureAwait(false);
    }

    /// <summary>Gives everything back; after <see cref="StopAsync"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        await _parts.Control.DisposeAsync().ConfigureAwait(false);
        await _web.DisposeAsync().ConfigureAwait(false);
        _parts.Dispose();
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ListenAsync(cancellationToken).ConfigureAwait(false);
            await _models.ConfigureAwait(false);
            _parts.State.Serve();
        }
        catch
        {
            // Models must not be given back while others are loaded.
            await Task.WhenAny(_models).ConfigureAwait(false);
            await DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _web.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception refusal) when (refusal is IOException or System.Net.Sockets.SocketException or InvalidOperationException)
        {
            throw CannotListen(refusal);
        }
    }

    private ToolchainException CannotListen(Exception refusal)
    {
        var why = refusal.InnerException is AddressInUseException ? "the address is in use. Stop the program that has it, or choose another with --urls or --grpc-url" : refusal.Message.TrimEnd('.');
        return new(ErrorKind.Unavailable, $"Cannot listen on {string.Join(" and ", _options.GrpcUrl is { } grpc ? [.. _options.Urls, grpc] : _options.Urls)}: {why}.", refusal);
    }
}
