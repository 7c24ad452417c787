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
        tensor.DataLocation = TensorProto.Types.DataLocation.External;
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = location });
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "offset", Value = offset.ToString(CultureInfo.InvariantCulture) });
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "length", Value = data.ByteCount.ToString(CultureInfo.InvariantCulture) });
        return tensor;
    }

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
}
