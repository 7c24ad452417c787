using System.Buffers;
using Toolchain.Serve.Batching;
using Toolchain.Serve.Features;
using Toolchain.Serve.Grpc.Wire;
using Toolchain.Serve.Http;
using Toolchain.Serve.Models;
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
    /// <exception cref="RequestException">The request does not fit the model.</exception>
    public async ValueTask<InferAnswer> RunAsync(InferMessage request, PooledBytes message, GrpcCall call, bool isStream)
    {
        var model = ModelEndpoints.Find(state, request.Model, request.Version);
        var binding = InferBinding.Of(request.Request, model, message.Span, request.TensorBytes);
        if (call.IsExpired)
        {
            return InferAnswer.None(GrpcStatus.DeadlineExceeded);
        }

        if (model.Batcher.TryEnter(binding.Rows, TimeoutOf(binding, call), call.Cancelled) is not { } lease)
        {
            return InferAnswer.None(GrpcStatus.Of(ErrorResult.QueueFull));
        }

        var completed = false;
        try
        {
            await lease.TakeRowsAsync().ConfigureAwait(false);
            await binding.FillAsync(message.Memory, lease, model, decoding, call.Cancelled).ConfigureAwait(false);
            var outcome = await lease.RunAsync().ConfigureAwait(false);
            completed = outcome == RunOutcome.Completed;
            return completed ? new(GrpcStatus.Ok, new(model, binding, lease, isStream)) : InferAnswer.None(StatusOf(outcome, model, lease, call));
        }
        finally
        {
            if (!completed)
            {
                lease.Dispose();
            }
        }
    }

    /// <summary>The status of requests that come before the models are loaded or when the server is about to end.</summary>
    public GrpcStatus Unready() => state.Phase == ServerPhase.Stopping ? GrpcStatus.Stopping : GrpcStatus.Of(ErrorResult.Starting);

    // A deadline of the call can only make the wait shorter than the request or the server allow.
    private TimeSpan? TimeoutOf(InferBinding binding, GrpcCall call)
    {
        if (call.Left is not { } left)
        {
            return binding.Timeout;
        }

        var allowed = binding.Timeout ?? options.QueueTimeout;
        return allowed == Timeout.InfiniteTimeSpan || left < allowed ? left : allowed;
    }

    private static GrpcStatus StatusOf(RunOutcome outcome, ServedModel model, RowLease lease, GrpcCall call) => outcome == RunOutcome.Expired && call.IsExpired
        ? GrpcStatus.DeadlineExceeded
        : GrpcStatus.Of(InferEndpoints.Unserved(outcome, model, lease));
}
