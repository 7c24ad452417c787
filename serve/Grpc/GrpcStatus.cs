using Microsoft.AspNetCore.Http;
using Toolchain.Serve.Http;

namespace Toolchain.Serve.Grpc;

/// <summary>The status codes of gRPC that this server sends; the numbers are the protocol's.</summary>
internal enum GrpcCode
{
    Ok = 0,
    Cancelled = 1,
    Unknown = 2,
    InvalidArgument = 3,
    DeadlineExceeded = 4,
    NotFound = 5,
    AlreadyExists = 6,
    PermissionDenied = 7,
    ResourceExhausted = 8,
    Unimplemented = 12,
    Internal = 13,
    Unavailable = 14,
}

/// <summary>How a call ended.</summary>
/// <param name="Code">The code.</param>
/// <param name="Message">What is wrong and what to do, for a person; null when nothing is.</param>
internal readonly record struct GrpcStatus(GrpcCode Code, string? Message)
{
    /// <summary>Nothing is wrong.</summary>
    public static GrpcStatus Ok => default;

    /// <summary>The deadline that the client gave passed before there was an answer.</summary>
    public static GrpcStatus DeadlineExceeded { get; } = new(GrpcCode.DeadlineExceeded, "The call's deadline (grpc-timeout) passed while it waited.");

    /// <summary>The server is about to end.</summary>
    public static GrpcStatus Stopping { get; } = Of(ErrorResult.Stopping);

    /// <summary>A failure that the HTTP side knows too.</summary>
    public static GrpcStatus Of(ErrorResult failure) => new(CodeOf(failure.StatusCode), failure.Message);

    /// <summary>The one mapping from statuses of HTTP, which requests are refused with, to those of gRPC.</summary>
    public static GrpcCode CodeOf(int? httpStatus) => httpStatus switch
    {
        StatusCodes.Status400BadRequest or StatusCodes.Status415UnsupportedMediaType => GrpcCode.InvalidArgument,
        StatusCodes.Status403Forbidden => GrpcCode.PermissionDenied,
        StatusCodes.Status404NotFound => GrpcCode.NotFound,
        StatusCodes.Status409Conflict => GrpcCode.AlreadyExists,
        StatusCodes.Status413PayloadTooLarge => GrpcCode.ResourceExhausted,
        StatusCodes.Status500InternalServerError => GrpcCode.Internal,
        StatusCodes.Status501NotImplemented => GrpcCode.Unimplemented,
        StatusCodes.Status503ServiceUnavailable => GrpcCode.Unavailable,
        _ => GrpcCode.Unknown,
    };
}

/// <summary>A call that is refused with a status.</summary>
internal sealed class GrpcException(GrpcCode code, string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>The status.</summary>
    public GrpcStatus Status => new(code, Message);
}
