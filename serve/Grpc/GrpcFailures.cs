using Google.Protobuf;
using Toolchain.Serve.Http;

namespace Toolchain.Serve.Grpc;

/// <summary>The one place where failures become statuses of gRPC: never a stack trace.</summary>
internal sealed class GrpcFailures(ServeOptions options, ILogger<GrpcFailures> logger)
{
    /// <summary>The status of a failure; a defect is logged.</summary>
    public GrpcStatus Describe(HttpContext http, Exception failure) => failure switch
    {
        GrpcException refused => refused.Status,
        RequestException refused => new(GrpcStatus.CodeOf(refused.Status), refused.Message),
        ToolchainException known => new(GrpcStatus.CodeOf(ErrorResponses.StatusOf(known.Kind)), known.Message),
        InvalidProtocolBufferException malformed => new(GrpcCode.InvalidArgument, $"The message of {http.Request.Path} is not what the protocol has: {malformed.Message}"),
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => new(GrpcStatus.CodeOf(StatusCodes.Status413PayloadTooLarge), RequestException.TooLarge(options.MaxBodyBytes).Message),
        BadHttpRequestException malformed => new(GrpcCode.InvalidArgument, malformed.Message),
        OperationCanceledException => new(GrpcCode.Cancelled, "The call was cancelled."),
        IOException broken => new(GrpcCode.Cancelled, $"The call broke off: {broken.Message}"),
        _ => Defect(http, failure),
    };

    private GrpcStatus Defect(HttpContext http, Exception defect)
    {
        logger.Defect(defect, http.TraceIdentifier, http.Request.Method, http.Request.Path);
        return new(GrpcCode.Internal, $"This is a defect of the server. Its log has the details under request {http.TraceIdentifier}.");
    }
}
