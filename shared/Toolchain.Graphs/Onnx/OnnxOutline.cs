using Google.Protobuf;
using Toolchain.Graphs.Files;
using Toolchain.Graphs.Onnx.Schema;

namespace Toolchain.Graphs.Onnx;

/// <summary>
/// A model file without its large weights: where they stood, they are referred to as external data (onnx/docs/ExternalData.md) of that very file. A runtime that is given
/// the outline maps the weights out of the file, where it would read and copy all of them otherwise. Everything else is taken over byte by byte.
/// </summary>
public static class OnnxOutline
{
    // A mapping and the pages that it shares with its neighbours are worth it from here on.
    private const long Threshold = 1 << 16;

    /// <summary>The outline of a file, as a model to be read with the file's folder as the place of external data.</summary>
    /// <param name="path">The file; it must stay as it is while the outline is in use.</param>
    /// <returns>A <c>ModelProto</c> as bytes.</returns>
    /// <exception cref="ToolchainException">The file does not exist (<see cref="ErrorKind.NotFound"/>) or is damaged (<see cref="ErrorKind.BadInput"/>).</exception>
    public static byte[] Of(string path)
    {
        var source = MappedFile.Open(path);
        try
        {
            return Copy(source, new WireReader(source, ModelProto.Descriptor, OnnxReadLimits.Standard), ModelProto.GraphFieldNumber, graph =>
                Copy(source, graph, GraphProto.InitializerFieldNumber, tensor => External(source, tensor, Path.GetFileName(path))));
        }
        catch (ToolchainException e)
        {
            throw new ToolchainException(e.Kind, $"Cannot read '{path}': {e.Message}", e);
        }
        finally
        {
            source.Release();
        }
    }

    // The message with other bytes for the fields of one number; where those are null, the field stays as it is.
    private static byte[] Copy(ByteSource source, WireReader message, int number, Func<WireReader, byte[]?> replace)
    {
        using var copy = new MemoryStream();
        using var output = new CodedOutputStream(copy, leaveOpen: true);
        while (message.Next())
        {
            if (message.Field != number)
            {
                message.Skip();
            }
            else if (replace(message.Message()) is { } replaced)
            {
                output.WriteTag(number, WireFormat.WireType.LengthDelimited);
                output.WriteBytes(UnsafeByteOperations.UnsafeWrap(replaced));
                continue;
            }

            Take(source, message, output, copy);
        }

        output.Flush();
        return copy.ToArray();
    }

    // Null for a tensor whose data is small or not in raw_data.
    private static byte[]? External(ByteSource source, WireReader tensor, string file)
    {
        using var copy = new MemoryStream();
        using var output = new CodedOutputStream(copy, leaveOpen: true);
        ByteRange? raw = null;
        while (tensor.Next())
        {
            switch (tensor.Field)
            {
                case TensorProto.RawDataFieldNumber when raw is null:
                    raw = tensor.Bytes();
                    break;
                case TensorProto.RawDataFieldNumber or TensorProto.DataLocationFieldNumber or TensorProto.ExternalDataFieldNumber:
                    return null;
                default:
                    tensor.Skip();
                    Take(source, tensor, output, copy);
                    break;
            }
        }

        if (raw is not { Length: >= Threshold } data)
        {
            return null;
        }

        Tensors.External(file, data.Offset, data.Length).WriteTo(output);
        output.Flush();
        return copy.ToArray();
    }

    private static void Take(ByteSource source, WireReader message, CodedOutputStream output, MemoryStream copy)
    {
        output.Flush();
        copy.Write(source.Span(message.FieldStart, checked((int)(message.Position - message.FieldStart))));
    }
}
