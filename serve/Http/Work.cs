namespace Toolchain.Serve.Http;

/// <summary>Marks endpoints that run models: they are refused unless the server is serving, and a server that stops waits for them.</summary>
internal sealed class Work
{
    private Work()
    {
    }

    /// <summary>The mark.</summary>
    public static Work Instance { get; } = new();
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
