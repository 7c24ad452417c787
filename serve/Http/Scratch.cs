using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Toolchain.Serve.Http;

/// <summary>
/// A writer of JSON into memory that each thread keeps. Responses are small and written without a pause, so their length is known before
/// anything is sent and nothing is allocated for them.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "Disposing a Utf8JsonWriter over memory only flushes it, and it lives as long as its thread.")]
internal sealed class Scratch
{
    private const int KeptBytes = 1 << 20;

    // The bodies are never embedded in HTML, and labels in other scripts stay readable.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    [ThreadStatic]
    private static Scratch? _ofThread;

    private readonly ArrayBufferWriter<byte> _buffer = new(1024);
    private readonly Utf8JsonWriter _json;

    private Scratch() => _json = new(_buffer, Options);

    /// <summary>Writes JSON.</summary>
    /// <param name="state">What <paramref name="write"/> gets.</param>
    /// <param name="write">Writes one value.</param>
    /// <returns>The bytes, valid until this thread writes again: copy them before the next <c>await</c>.</returns>
    public static ReadOnlySpan<byte> Write<TState>(TState state, Action<Utf8JsonWriter, TState> write)
    {
        var scratch = _ofThread is { _buffer.Capacity: <= KeptBytes } kept ? kept : _ofThread = new();
        scratch._buffer.ResetWrittenCount();
        scratch._json.Reset();
        write(scratch._json, state);
        scratch._json.Flush();
        return scratch._buffer.WrittenSpan;
    }
}
