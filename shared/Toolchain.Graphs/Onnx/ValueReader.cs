using Toolchain.Graphs.Onnx.Schema;

namespace Toolchain.Graphs.Onnx;

/// <summary>Reads a <c>ValueInfoProto</c>: a value's name and type.</summary>
internal sealed class ValueReader(OnnxReadLimits limits)
{
    /// <summary>The value; its type is null when there is none or when it is not a tensor.</summary>
    internal FileValue Read(WireReader reader)
    {
        var (name, type) = ("", default(TensorType));
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case ValueInfoProto.NameFieldNumber:
                    reader.Label = name = reader.Text();
                    break;
                case ValueInfoProto.TypeFieldNumber:
                    type = Type(reader.Message());
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return name.Length > 0 ? new(name, type) : throw reader.FailWhole("the value has no name");
    }

    /// <summary>An input or output of the graph, which must be a tensor.</summary>
    internal FileValue ReadTensor(WireReader reader)
    {
        var value = Read(reader);
        return value.Type is not null ? value : throw reader.FailWhole("the value has no tensor type; inputs and outputs that are sequences, maps, optionals or sparse are not supported");
    }

    private TensorType? Type(WireReader reader)
    {
        var type = default(TensorType);
        while (reader.Next())
        {
            if (reader.Field == TypeProto.TensorTypeFieldNumber)
            {
                type = Tensor(reader.Message());
            }
            else
            {
                // Of several kinds of type the last holds, as for every «oneof» of protobuf.
                type = reader.IsMessage ? null : type;
                reader.Skip();
            }
        }

        return type;
    }

    private TensorType Tensor(WireReader reader)
    {
        var (element, shape) = (default(ElementType), default(Shape));
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case TypeProto.Types.Tensor.ElemTypeFieldNumber:
                    element = (ElementType)reader.Int32();
                    _ = Enum.IsDefined(element) ? element : throw reader.Fail($"element type {(int)element} is not supported");
                    break;
                case TypeProto.Types.Tensor.ShapeFieldNumber:
                    shape = Shape(reader.Message());
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return element == default ? throw reader.FailWhole("elem_type is missing") : new(element, shape);
    }

    private Shape Shape(WireReader reader)
    {
        var dimensions = new List<Dimension>();
        var elements = (Int128)1;
        while (reader.Next())
        {
            if (reader.Field != TensorShapeProto.DimFieldNumber)
            {
                reader.Skip();
                continue;
            }

            var dimension = Dimension(reader.Message());
            dimensions.AddLimited(reader, dimension, limits.MaxRank, "dimensions");
            elements *= dimension.IsKnown ? Math.Max(1, dimension.Value) : 1;
            if (elements > long.MaxValue / 16)
            {
                throw reader.Fail($"the dimensions [{string.Join(", ", dimensions)}] are too large");
            }
        }

        return [.. dimensions];
    }

    private static Dimension Dimension(WireReader reader)
    {
        var dimension = Graphs.Dimension.Unknown;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case TensorShapeProto.Types.Dimension.DimValueFieldNumber:
                    dimension = reader.Varint() is >= 0 and var value ? value : throw reader.Fail("the dimension is negative");
                    break;
                case TensorShapeProto.Types.Dimension.DimParamFieldNumber:
                    dimension = reader.Text() is { Length: > 0 } symbol ? symbol : Graphs.Dimension.Unknown;
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return dimension;
    }
}
