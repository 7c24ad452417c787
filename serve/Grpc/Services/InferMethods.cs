using Toolchain.Serve.Features;
using Toolchain.Serve.Grpc.Wire;
using Toolchain.Serve.Http;
using Toolchain.Serve.Protocol;

namespace Toolchain.Serve.Grpc.Services;

/// <summary>What came of a request: a response, which the owner disposes after writing it, or a status.</summary>
internal readonly record struct InferAnswer(GrpcStatus Status, InferMessageWriter? Response) : IDisposable
{
    /// <summary>No response.</summary>
    public static InferAnswer None(GrpcStatus status) => new(status, null);

    /// <inheritdoc/>
    public void Dispose() => Response?.Dispose();
}

/// <summary>Runs models.</summary>
internal sealed class InferMethods(ServerState state, ImageDecoding decoding, ServeOptions options)
{
    /// <summary><c>ModelInfer</c>.</summary>
    public async ValueTask<GrpcStatus> InferAsync(GrpcCall call)
    {
        if (!state.TryBegin())
        {
            return Unready();
        }

        try
        {
            using var message = await call.Messages.ReadOnlyAsync().ConfigureAwait(false);
            using var answer = await RunAsync(InferMessageReader.Read(message), message, call, isStream: false).ConfigureAwait(false);
            if (answer.Response is { } response)
            {
                // The rows are copied out here and given back: a slow reader holds none.
                await call.WriteAsync(response.Length, response, static (r, target) => r.WriteTo(target)).ConfigureAwait(false);
            }

            return answer.Status;
        }
        finally
        {
            state.End();
        }
    }

    /// <summary>Runs one request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="message">The bytes with its values, which must stay until the end.</param>
    /// <param name="call">The call, for its deadline.</param>
    /// <param name="isStream">Whether the response goes into a stream.</param>
    /// <exception cref="RequestException">The model is not known, or the request does not fit it.</exception>
    /// <exception cref="ToolchainException">An image is none, is damaged, or is too large.</exception>
    public async ValueTask<InferAnswer> RunAsync(InferMessage request, PooledBytes message, GrpcCall call, bool isStream)
    {
        using var use = state.Use(request.Model, request.Version);
        var inference = new Inference(use.Model, decoding);
        try
        {
            request.Request.Timeout = TimeoutOf(request.Request, call);
            var binding = InferBinding.Of(request.Request, use.Model, message.Span, request.TensorBytes);
            return await inference.RunAsync(binding, message.Memory, call.Cancelled).ConfigureAwait(false) is { } refusal
                ? InferAnswer.None(refusal == ErrorResult.Expired && call.IsExpired ? GrpcStatus.DeadlineExceeded : GrpcStatus.Of(refusal))
                : new(GrpcStatus.Ok, new(inference, isStream));
        }
        catch (Exception failure)
        {
            inference.Fail(failure);
            throw;
        }
    }

    /// <summary>The status of requests that come before the models are loaded or when the server is about to end.</summary>
    public GrpcStatus Unready() => state.Phase == ServerPhase.Stopping ? GrpcStatus.Stopping : GrpcStatus.Of(ErrorResult.Starting);

    // A deadline of the call can only make the wait shorter than the request or the server allow.
    private TimeSpan? TimeoutOf(InferRequest request, GrpcCall call)
    {
        if (call.Left is not { } left)
        {
            return request.Timeout;
        }

        var allowed = request.Timeout ?? options.QueueTimeout;
        return allowed == Timeout.InfiniteTimeSpan || left < allowed ? left : allowed;
    }
}
