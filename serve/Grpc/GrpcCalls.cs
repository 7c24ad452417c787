using System.Globalization;
using Microsoft.AspNetCore.Http.Features;
using Toolchain.Serve.Http;

namespace Toolchain.Serve.Grpc;

/// <summary>
/// gRPC over HTTP/2, straight on the web server. Grpc.AspNetCore.Server is not used: it holds a whole message in memory before it asks
/// anyone and shows its bytes only inside a deserializer, so neither the limit on the bytes of all requests together nor reading tensors in
/// place would be possible; and what it adds here, framing, deadlines and statuses, is little.
/// </summary>
internal sealed class GrpcCalls(RequestDelegate next, GrpcMethods methods, GrpcFailures failures, ByteBudget budget, LongWork threads, ServeOptions options, TimeProvider time)
{
    private const string ContentType = "application/grpc";

    /// <summary>Answers gRPC calls; passes everything else on.</summary>
    public Task InvokeAsync(HttpContext http) => IsGrpc(http.Request.ContentType) ? AnswerAsync(http) : next(http);

    // application/grpc, application/grpc+proto, but not application/grpc-web.
    private static bool IsGrpc(string? type) =>
        type is not null && type.StartsWith(ContentType, StringComparison.OrdinalIgnoreCase) && (type.Length == ContentType.Length || type[ContentType.Length] is '+' or ';');

    private Task AnswerAsync(HttpContext http)
    {
        if (!HttpProtocol.IsHttp2(http.Request.Protocol))
        {
            return new ErrorResult(StatusCodes.Status426UpgradeRequired, "gRPC needs HTTP/2. Use the server's gRPC address (--grpc-url).").ExecuteAsync(http);
        }

        return HttpMethods.IsPost(http.Request.Method)
            ? CallAsync(http)
            : new ErrorResult(StatusCodes.Status405MethodNotAllowed, "gRPC calls are POST requests.").ExecuteAsync(http);
    }

    private async Task CallAsync(HttpContext http)
    {
        http.Response.ContentType = ContentType;
        GrpcStatus status;
        try
        {
            // A message has its own limit, and a stream may have any number of them.
            http.Features.Get<IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = null;
            status = await methods.Find(http.Request.Path.Value!)(new GrpcCall(http, budget, threads, options.MaxBodyBytes, time)).ConfigureAwait(false);
        }
        catch (Exception) when (http.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to be answered.
            return;
        }
        catch (Exception failure)
        {
            status = failures.Describe(http, failure);
        }

        End(http, status);
    }

    // Without a message before it, a status travels in the headers (gRPC over HTTP/2, Trailers-Only).
    private static void End(HttpContext http, GrpcStatus status)
    {
        var trailers = http.Response.HasStarted ? http.Features.GetRequiredFeature<IHttpResponseTrailersFeature>().Trailers : http.Response.Headers;
        trailers["grpc-status"] = status.Code == GrpcCode.Ok ? "0" : ((int)status.Code).ToString(CultureInfo.InvariantCulture);
        if (status.Message is { } message)
        {
            trailers["grpc-message"] = StatusMessage.Encode(message);
        }
    }
}
