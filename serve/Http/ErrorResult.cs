using System.Text.Encodings.Web;
using System.Text.Json;

namespace Toolchain.Serve.Http;

/// <summary>The body of every failure.</summary>
/// <param name="Error">What is wrong and what to do, for a person.</param>
internal sealed record ErrorBody(string Error);

/// <summary>A failure as a response: <c>{"error": "…"}</c>.</summary>
/// <param name="status">The status.</param>
/// <param name="message">What is wrong and what to do.</param>
internal sealed class ErrorResult(int status, string message) : IResult, IStatusCodeHttpResult
{
    // The body is never embedded in HTML, and quotation marks in messages stay readable.
    private static readonly ServeJson Json = new(new JsonSerializerOptions(ServeJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    // When a queue is full, the next place is free after a batch or two.
    private const string RetryAfterSeconds = "1";

    /// <summary>The queue of a model, or the memory for bodies, is full. The text is Triton's.</summary>
    public static ErrorResult QueueFull { get; } = new(StatusCodes.Status503ServiceUnavailable, "Exceeds maximum queue size");

    /// <summary>The request's deadline passed while it waited. The text is Triton's.</summary>
    public static ErrorResult Expired { get; } = new(StatusCodes.Status503ServiceUnavailable, "Request timeout expired");

    /// <summary>What a request is told when the server is about to end.</summary>
    public const string StoppingText = "Server is stopping; send the request to another one";

    /// <summary>The server is about to end.</summary>
    public static ErrorResult Stopping { get; } = new(StatusCodes.Status503ServiceUnavailable, StoppingText);

    /// <summary>The models are not loaded yet.</summary>
    public static ErrorResult Starting { get; } = new(StatusCodes.Status503ServiceUnavailable, "Server is starting; its models are being loaded");

    /// <summary>The status.</summary>
    public int Status => status;

    /// <summary>What is wrong and what to do, for a person.</summary>
    public string Message { get; } = RequestException.Shortened(message);

    /// <inheritdoc/>
    public int? StatusCode => status;

    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext)
    {
        Prepare(httpContext.Response);
        return httpContext.Response.WriteAsJsonAsync(new ErrorBody(Message), Json.ErrorBody, cancellationToken: httpContext.RequestAborted);
    }

    /// <summary>Sets the status, and when to come back.</summary>
    internal void Prepare(HttpResponse response)
    {
        response.StatusCode = status;
        if (status == StatusCodes.Status503ServiceUnavailable)
        {
            response.Headers.RetryAfter = RetryAfterSeconds;
        }
    }
}
