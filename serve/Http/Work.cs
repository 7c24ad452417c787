using Toolchain.Serve.Features;

namespace Toolchain.Serve.Http;

/// <summary>
/// Marks endpoints that run models: they are refused unless the server is serving, and a server that stops waits for them. It carries what their
/// handlers need, because parameters that are services would make a scope of services for each request.
/// </summary>
/// <param name="State">The models.</param>
/// <param name="Bodies">The limit on bodies in memory.</param>
/// <param name="Decoding">Decodes images.</param>
internal sealed record Work(ServerState State, ByteBudget Bodies, ImageDecoding Decoding)
{
    /// <summary>The mark of a server's endpoints.</summary>
    public static Work Of(IServiceProvider services) =>
        new(services.GetRequiredService<ServerState>(), services.GetRequiredService<ByteBudget>(), services.GetRequiredService<ImageDecoding>());

    /// <summary>The mark of the endpoint that a request is for, which has one.</summary>
    public static Work Of(HttpContext http) => http.GetEndpoint()!.Metadata.GetMetadata<Work>()!;
}

/// <summary>Counts the requests that run models, and refuses them before the models are loaded and when the server stops.</summary>
internal sealed class WorkGate(RequestDelegate next, ServerState state)
{
    /// <summary>Passes a request on.</summary>
    public Task InvokeAsync(HttpContext http) => http.GetEndpoint()?.Metadata.GetMetadata<Work>() is null ? next(http) : EnterAsync(http);

    private async Task EnterAsync(HttpContext http)
    {
        if (!state.TryBegin())
        {
            await (state.Phase == ServerPhase.Stopping ? ErrorResult.Stopping : ErrorResult.Starting).ExecuteAsync(http).ConfigureAwait(false);
            return;
        }

        try
        {
            await next(http).ConfigureAwait(false);
        }
        finally
        {
            state.End();
        }
    }
}
