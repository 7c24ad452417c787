namespace Toolchain.Serve.Http;

/// <summary>A request that is refused: a status of HTTP and a message for the person who sent it.</summary>
internal sealed class RequestException(int status, string message, Exception? cause = null) : Exception(Shortened(message), cause)
{
    private const int MaxLength = 1000;

    /// <summary>The status.</summary>
    public int Status { get; } = status;

    /// <summary>The content codings that would have been taken, where the refused one is the reason; null otherwise.</summary>
    public string? AcceptEncoding { get; init; }

    /// <summary>400: the request is wrong.</summary>
    public static RequestException Bad(string message, Exception? cause = null) => new(StatusCodes.Status400BadRequest, message, cause);

    /// <summary>413: the body is larger than the server takes.</summary>
    /// <param name="limit">Bytes.</param>
    public static RequestException TooLarge(long? limit) =>
        new(StatusCodes.Status413PayloadTooLarge, $"The request body is larger than {limit} bytes, the most that this server takes (Serve:MaxBodyBytes). Send less.");

    /// <summary>501: the protocol has it, and this server does not.</summary>
    public static RequestException Unsupported(string message) => new(StatusCodes.Status501NotImplemented, message);

    /// <summary>A message as it is sent: quotes of what came in may be megabytes long.</summary>
    internal static string Shortened(string message) => message.Length <= MaxLength ? message : string.Concat(message.AsSpan(0, MaxLength), "…");
}
