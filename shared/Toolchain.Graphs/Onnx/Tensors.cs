using System.Globalization;
using Google.Protobuf;
using Toolchain.Graphs.Onnx.Schema;

namespace Toolchain.Graphs.Onnx;

/// <summary>Makes <c>TensorProto</c> messages, which share the data's memory.</summary>
internal static class Tensors
{
    internal static TensorProto Write(string name, TensorData data)
    {
        var tensor = Header(name, data);
        tensor.RawData = UnsafeByteOperations.UnsafeWrap(data.Bytes);
        return tensor;
    }

    internal static TensorProto WriteExternal(string name, TensorData data, string location, long offset)
    {
        var tensor = Header(name, data);
        tensor.MergeFrom(External(location, offset, data.ByteCount));
        return tensor;
    }

    /// <summary>The part of a message that says where in an external file the data is.</summary>
    internal static TensorProto External(string location, long offset, long length) => new()
    {
        DataLocation = TensorProto.Types.DataLocation.External,
        ExternalData = { Entry("location", location), Entry("offset", offset.ToString(CultureInfo.InvariantCulture)), Entry("length", length.ToString(CultureInfo.InvariantCulture)) },
    };

    /// <summary>The message without the data.</summary>
    internal static TensorProto Header(string name, TensorData data)
    {
        var tensor = new TensorProto { DataType = (int)data.Type };
        tensor.Dims.AddRange(data.Dimensions);
        if (name.Length > 0)
        {
            tensor.Name = name;
        }

        return tensor;
    }

    private static StringStringEntryProto Entry(string key, string value) => new() { Key = key, Value = value };
}
