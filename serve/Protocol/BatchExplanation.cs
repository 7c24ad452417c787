using System.Text.Json;
using Toolchain.Serve.Batching;

namespace Toolchain.Serve.Protocol;

/// <summary>Why a request's batch was what it was, as parameters of a response; only whole numbers and text, which every client of the protocol reads.</summary>
internal static class BatchExplanation
{
    /// <summary>Writes the property <c>parameters</c>.</summary>
    public static void Write(Utf8JsonWriter writer, BatchReport batch)
    {
        writer.WriteStartObject("parameters"u8);
        writer.WriteNumber("batch_size"u8, batch.Size);
        writer.WriteNumber("batch_requests"u8, batch.Requests);
        writer.WriteString("batch_closed_by"u8, Word(batch.ClosedBy));
        writer.WriteNumber("instance"u8, batch.Instance);
        writer.WriteNumber("queue_us"u8, Microseconds(batch.QueueMs));
        writer.WriteNumber("infer_us"u8, Microseconds(batch.InferMs));
        writer.WriteEndObject();
    }

    /// <summary>The word for what ended the gathering of a batch.</summary>
    public static string Word(ClosedBy closedBy) => closedBy switch
    {
        ClosedBy.Idle => "idle",
        ClosedBy.Full => "full",
        ClosedBy.Preferred => "preferred",
        ClosedBy.Delay => "delay",
        ClosedBy.Deadline => "deadline",
        _ => throw new ArgumentOutOfRangeException(nameof(closedBy), closedBy, "Unknown reason."),
    };

    /// <summary>Milliseconds as whole microseconds.</summary>
    public static long Microseconds(double milliseconds) => (long)Math.Round(milliseconds * 1000);
}
