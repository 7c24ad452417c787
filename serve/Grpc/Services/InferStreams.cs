using System.Buffers;
using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using Toolchain.Serve.Grpc.Wire;

namespace Toolchain.Serve.Grpc.Services;

/// <summary>
/// <c>ModelStreamInfer</c>: requests and responses in both directions at once. Requests of a stream run at the same time, so that they can
/// share batches, and their responses come in the order of the requests. A request that fails does not end the stream.
/// </summary>
internal sealed class InferStreams(InferMethods infer, ServerState state, GrpcFailures failures, IHostApplicationLifetime lifetime)
{
    // Beyond it a stream is not read: its client gets no further ahead of its responses.
    private const int MostUnderWay = 64;

    // ModelStreamInferResponse.infer_response.
    private const int ResponseField = 2;

    /// <summary>Answers a stream until its client ends it.</summary>
    public async ValueTask<GrpcStatus> RunAsync(GrpcCall call)
    {
        call.AllowSlowness();
        using var stopping = lifetime.ApplicationStopping.UnsafeRegister(static messages => ((MessageReader)messages!).Stop(), call.Messages);
        var answers = Channel.CreateBounded<Task<Answer>>(new BoundedChannelOptions(MostUnderWay) { SingleReader = true, SingleWriter = true });
        var writing = WriteAsync(answers.Reader, call);
        try
        {
            while (await call.Messages.ReadAsync().ConfigureAwait(false) is { } message)
            {
                await answers.Writer.WriteAsync(AnswerAsync(message, call), CancellationToken.None).ConfigureAwait(false);
            }
        }
        finally
        {
            answers.Writer.Complete();
            await writing.ConfigureAwait(false);
        }

        return GrpcStatus.Ok;
    }

    private static async Task WriteAsync(ChannelReader<Task<Answer>> answers, GrpcCall call)
    {
        ExceptionDispatchInfo? failure = null;
        await foreach (var next in answers.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
        {
            using var answer = await next.ConfigureAwait(false);
            try
            {
                if (failure is null)
                {
                    await WriteAsync(answer, call).ConfigureAwait(false);
                    await call.FlushAsync().ConfigureAwait(false);
                }
            }
            catch (Exception unwritten)
            {
                // Nothing more can be written, and nothing more is read; the requests under way still have to be waited for.
                failure = ExceptionDispatchInfo.Capture(unwritten);
                call.Messages.Stop();
            }
        }

        failure?.Throw();
    }

    private static ValueTask WriteAsync(in Answer answer, GrpcCall call) => answer.Response is { } response
        ? call.WriteAsync(response.Length, response, static (bytes, target) => target.Write(bytes.Span))
        : call.WriteAsync(answer.Failure!);

    private async Task<Answer> AnswerAsync(PooledBytes message, GrpcCall call)
    {
        using (message)
        {
            var id = "";
            try
            {
                var request = InferMessageReader.Read(message);
                id = request.Request.Id ?? "";
                if (request.Request.Inputs.Exists(static input => input.Datatype == "BYTES"))
                {
                    // Images are decoded beside the reading of the next ones.
                    await Task.Yield();
                }

                return await RunAsync(request, message, call).ConfigureAwait(false);
            }
            catch (Exception failure)
            {
                return Refuse(failures.Describe(call.Http, failure), id);
            }
        }
    }

    private async ValueTask<Answer> RunAsync(InferMessage request, PooledBytes message, GrpcCall call)
    {
        var id = request.Request.Id ?? "";
        if (!state.TryBegin())
        {
            return Refuse(infer.Unready(), id);
        }

        try
        {
            using var answer = await infer.RunAsync(request, message, call, isStream: true).ConfigureAwait(false);
            return answer.Response is { } response ? new(Copy(response, call), null) : Refuse(answer.Status, id);
        }
        finally
        {
            state.End();
        }
    }

    // A response is copied out as soon as it is there, so that rows never wait for a slow reader.
    private static PooledBytes Copy(InferMessageWriter response, GrpcCall call)
    {
        var bytes = PooledBytes.ForWriting(ProtoWriter.Field(response.Length), call.Budget);
        ProtoWriter.Begin(bytes, ResponseField, response.Length);
        response.WriteTo(bytes);
        return bytes;
    }

    private static Answer Refuse(GrpcStatus status, string id) =>
        new(null, new() { ErrorMessage = StatusMessage.Shorten(status.Message ?? status.Code.ToString()), InferResponse = new() { Id = id } });

    /// <summary>What goes back for one request.</summary>
    private readonly record struct Answer(PooledBytes? Response, Messages.ModelStreamInferResponse? Failure) : IDisposable
    {
        public void Dispose() => Response?.Dispose();
    }
}
