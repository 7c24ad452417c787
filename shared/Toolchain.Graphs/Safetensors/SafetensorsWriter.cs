using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Toolchain.Graphs.Safetensors;

/// <summary>
/// Writes the header in the order given and the data with the largest elements first, so that each tensor is aligned for readers that look
/// at it in place (PyTorch refuses views that are not).
/// </summary>
internal sealed class SafetensorsWriter
{
    private const int Alignment = 8;

    private readonly List<KeyValuePair<string, TensorData>> _tensors;
    private readonly IReadOnlyDictionary<string, string>? _metadata;

    internal SafetensorsWriter(IEnumerable<KeyValuePair<string, TensorData>> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        (_tensors, _metadata) = ([.. tensors], metadata);
        var seen = new HashSet<string>(["__metadata__"], StringComparer.Ordinal);
        foreach (var (name, _) in _tensors)
        {
            if (!seen.Add(name))
            {
                throw new ToolchainException(ErrorKind.BadInput, $"The tensor name '{name}' {(name == "__metadata__" ? "is reserved by the safetensors format" : "stands twice")}.");
            }
        }
    }

    internal void Write(Stream stream)
    {
        var layout = _tensors.OrderByDescending(static t => t.Value.Type.Size()).ToArray();
        var offsets = new Dictionary<string, long>(StringComparer.Ordinal);
        var end = 0L;
        foreach (var (name, data) in layout)
        {
            offsets[name] = end;
            end = checked(end + data.ByteCount);
        }

        var header = Header(offsets);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        stream.Write(length);
        stream.Write(header);
        foreach (var (_, data) in layout)
        {
            data.WriteTo(stream);
        }
    }

    private byte[] Header(Dictionary<string, long> offsets)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (_metadata is { Count: > 0 })
            {
                json.WriteStartObject("__metadata__");
                foreach (var (key, value) in _metadata.OrderBy(static m => m.Key, StringComparer.Ordinal))
                {
                    json.WriteString(key, value);
                }

                json.WriteEndObject();
            }

            foreach (var (name, data) in _tensors)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", SafetensorsTypes.NameOf(data.Type));
                WriteNumbers(json, "shape", data.Dimensions);
                WriteNumbers(json, "data_offsets", [offsets[name], offsets[name] + data.ByteCount]);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        while (buffer.Length % Alignment != 0)
        {
            buffer.WriteByte((byte)' ');
        }

        return buffer.ToArray();
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, EquatableArray<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (var number in numbers)
        {
            json.WriteNumberValue(number);
        }

        json.WriteEndArray();
    }
}
