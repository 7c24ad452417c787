using Google.Protobuf;
using Toolchain.Serve.Batching;
using Toolchain.Serve.Protocol;

namespace Toolchain.Serve.Grpc.Wire;

/// <summary>The parameters of a <c>ModelInferResponse</c>, as the bytes of its field: only whole numbers, booleans and text, which every client reads.</summary>
internal static class ResponseParameters
{
    private static readonly byte[] Final = Encode(new() { Parameters = { ["triton_final_response"] = new() { BoolParam = true } } });

    /// <summary>The parameters of a response.</summary>
    /// <param name="batch">The batch that is explained; null for no explanation.</param>
    /// <param name="isStream">Whether the response goes into a stream, where clients ask whether it is the last one to its request; it always is.</param>
    public static byte[] Of(BatchReport? batch, bool isStream) => batch is null ? (isStream ? Final : []) : [.. isStream ? Final : [], .. Explain(batch)];

    private static byte[] Explain(BatchReport batch) => Encode(new()
    {
        Parameters =
        {
            ["batch_size"] = Number(batch.Size),
            ["batch_requests"] = Number(batch.Requests),
            ["batch_closed_by"] = new() { StringParam = BatchExplanation.Word(batch.ClosedBy) },
            ["instance"] = Number(batch.Instance),
            ["queue_us"] = Number(BatchExplanation.Microseconds(batch.QueueMs)),
            ["infer_us"] = Number(BatchExplanation.Microseconds(batch.InferMs)),
        },
    });

    private static Messages.InferParameter Number(long value) => new() { Int64Param = value };

    // A message is the concatenation of its fields: these bytes can stand between others of the same message.
    private static byte[] Encode(Messages.ModelInferResponse parameters) => parameters.ToByteArray();
}
