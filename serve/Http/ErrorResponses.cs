using Microsoft.AspNetCore.Http.Features;

namespace Toolchain.Serve.Http;

/// <summary>The one place where failures become responses: whatever goes wrong, the client gets a status and <c>{"error": "…"}</c>, never a stack trace.</summary>
internal sealed class ErrorResponses(RequestDelegate next, ILogger<ErrorResponses> logger)
{
    /// <summary>Answers a request.</summary>
    public async Task InvokeAsync(HttpContext http)
    {
        try
        {
            try
            {
                await next(http).ConfigureAwait(false);
            }
            catch (Exception) when (http.RequestAborted.IsCancellationRequested)
            {
                // Nobody is there to be answered.
                return;
            }
            catch (Exception failure) when (!http.Response.HasStarted)
            {
                http.Response.Clear();
                if (failure is RequestException { AcceptEncoding: { } codings })
                {
                    http.Response.Headers.AcceptEncoding = codings;
                }

                await Describe(http, failure).ExecuteAsync(http).ConfigureAwait(false);
                return;
            }

            if (http.Response is { HasStarted: false, StatusCode: >= 400, ContentLength: null, ContentType: null })
            {
                await Describe(http, http.Response.StatusCode).ExecuteAsync(http).ConfigureAwait(false);
            }
        }
        finally
        {
            // What the client sends next on this connection need not be long.
            await LongWork.Leave();
        }
    }

    /// <summary>The status of a failure that a person can act on.</summary>
    internal static int StatusOf(ErrorKind kind) => kind switch
    {
        ErrorKind.Usage or ErrorKind.BadInput => StatusCodes.Status400BadRequest,
        ErrorKind.NotFound => StatusCodes.Status404NotFound,
        ErrorKind.Unavailable => StatusCodes.Status503ServiceUnavailable,
        ErrorKind.Mismatch or ErrorKind.CheckFailed => StatusCodes.Status500InternalServerError,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Unknown kind of failure."),
    };

    /// <summary>The response to a request that a person can correct; null for any other failure.</summary>
    internal static ErrorResult? Describe(Exception failure) => failure switch
    {
        RequestException refused => new(refused.Status, refused.Message),
        ToolchainException known => new(StatusOf(known.Kind), known.Message),
        _ => null,
    };

    private ErrorResult Describe(HttpContext http, Exception failure) => Describe(failure) ?? failure switch
    {
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => Describe(RequestException.TooLarge(http.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize))!,
        BadHttpRequestException malformed => new(malformed.StatusCode, malformed.Message),
        _ => Defect(http, failure),
    };

    private ErrorResult Defect(HttpContext http, Exception defect)
    {
        logger.Defect(defect, http.TraceIdentifier, http.Request.Method, http.Request.Path);
        return new(StatusCodes.Status500InternalServerError, $"This is a defect of the server. Its log has the details under request {http.TraceIdentifier}.");
    }

    private static ErrorResult Describe(HttpContext http, int status) => new(status, status switch
    {
        StatusCodes.Status400BadRequest => $"A parameter of {http.Request.Path}{http.Request.QueryString} is not what it must be. See /docs for what it takes.",
        StatusCodes.Status404NotFound => $"There is nothing at {http.Request.Method} {http.Request.Path}. See /docs for what there is.",
        StatusCodes.Status405MethodNotAllowed => $"{http.Request.Method} is not possible on {http.Request.Path}. Use {http.Response.Headers.Allow}.",
        StatusCodes.Status415UnsupportedMediaType => $"A body of type '{http.Request.ContentType}' is not taken here. See /docs for what is.",
        _ => $"The request failed with status {status}.",
    });
}
