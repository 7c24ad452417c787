using Google.Protobuf;
using Toolchain.Graphs.Onnx.Schema;

namespace Toolchain.Graphs.Onnx;

/// <summary>An initializer on its way into a file: its message without the data, and the data, which goes straight from where it is into the stream.</summary>
internal sealed class InitializerWriter
{
    private readonly TensorProto _message;
    private readonly TensorData _data;

    private InitializerWriter(TensorProto message, TensorData data, long? offset) => (_message, _data, Offset) = (message, data, offset);

    /// <summary>Where the data begins in the external file; null when it is in the model.</summary>
    internal long? Offset { get; }

    /// <summary>Where the data ends in the external file.</summary>
    internal long End => Offset is { } offset ? offset + _data.ByteCount : throw new InvalidOperationException("The data is in the model.");

    /// <summary>The size of the field in the graph's message, tag and length included.</summary>
    internal long FieldSize => CodedOutputStream.ComputeTagSize(GraphProto.InitializerFieldNumber) + CodedOutputStream.ComputeUInt64Size((ulong)MessageSize) + MessageSize;

    private long MessageSize => _message.CalculateSize() + (Offset is null ? DataHeaderSize + _data.ByteCount : 0);

    private int DataHeaderSize => CodedOutputStream.ComputeTagSize(TensorProto.RawDataFieldNumber) + CodedOutputStream.ComputeUInt64Size((ulong)_data.ByteCount);

    /// <summary>An initializer whose data is in the model.</summary>
    internal static InitializerWriter Inside(string name, TensorData data) => new(Tensors.Header(name, data), data, null);

    /// <summary>An initializer whose data is in an external file.</summary>
    internal static InitializerWriter Outside(string name, TensorData data, string location, long offset) => new(Tensors.WriteExternal(name, data, location, offset), data, offset);

    /// <summary>Writes the field of the graph's message.</summary>
    /// <param name="output">Writes to <paramref name="stream"/>.</param>
    /// <param name="stream">The file.</param>
    internal void Write(CodedOutputStream output, Stream stream)
    {
        output.WriteTag(GraphProto.InitializerFieldNumber, WireFormat.WireType.LengthDelimited);
        output.WriteUInt64((ulong)MessageSize);
        _message.WriteTo(output);
        if (Offset is null)
        {
            // The data is the message's last field: everything before it has a lower number.
            output.WriteTag(TensorProto.RawDataFieldNumber, WireFormat.WireType.LengthDelimited);
            output.WriteUInt64((ulong)_data.ByteCount);
            output.Flush();
            _data.WriteTo(stream);
        }
    }

    /// <summary>Writes the data alone.</summary>
    internal void WriteData(Stream stream) => _data.WriteTo(stream);
}
