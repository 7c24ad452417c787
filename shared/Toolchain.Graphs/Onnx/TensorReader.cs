using Toolchain.Graphs.Onnx.Schema;

namespace Toolchain.Graphs.Onnx;

/// <summary>Reads a <c>TensorProto</c>. Data that lies in the file as a tensor needs it becomes a window of the file; other data is converted.</summary>
internal sealed class TensorReader(ExternalData external, OnnxReadLimits limits)
{
    private const int Undefined = 0;
    private const int LastDataType = 26;

    /// <summary>Reads a tensor; the data is null for element types that <see cref="TensorData"/> does not hold, such as strings.</summary>
    internal (string Name, TensorData? Data) Read(WireReader reader)
    {
        var fields = new Fields();
        while (reader.Next())
        {
            fields.Read(reader, limits);
        }

        var (type, dimensions) = (fields.DataType, fields.Dimensions.ToEquatableArray());
        if (type is <= Undefined or > LastDataType)
        {
            throw reader.FailWhole(type == Undefined ? "data_type is missing" : $"data_type {type} is not one that ONNX defines");
        }

        var element = (ElementType)type;
        if (!Enum.IsDefined(element) || element == ElementType.Text)
        {
            var places = CountBytes(reader, dimensions, 1) == 0 ? 0 : 1;
            return element == ElementType.Text && fields.Raw is not null ? throw reader.FailWhole("strings stand in raw_data, where ONNX does not allow them")
                : fields.Places != places ? throw reader.FailWhole($"expected data in {places} places, found it in {fields.Places}")
                : (fields.Name, null);
        }

        var bytes = CountBytes(reader, dimensions, element.Size());
        return (fields.Name, new TensorData(element, dimensions, Data(reader, fields, element, dimensions, bytes)));
    }

    /// <summary>Reads an initializer, which must have a name and numbers.</summary>
    internal KeyValuePair<string, TensorData> ReadNamed(WireReader reader)
    {
        var (name, data) = Read(reader);
        return name.Length == 0 ? throw reader.FailWhole("the initializer has no name")
            : KeyValuePair.Create(name, data ?? throw reader.FailWhole("initializers of strings, complex numbers and types below 8 bits are not supported"));
    }

    private ReadOnlyMemory<byte> Data(WireReader reader, Fields fields, ElementType element, EquatableArray<long> dimensions, long bytes)
    {
        if (fields.Places > 1)
        {
            throw reader.FailWhole("data stands in more than one place; expected one of raw_data, a typed field or an external file");
        }

        if (fields.IsExternal)
        {
            return external.Window(reader, fields.External, bytes);
        }

        if (fields.Typed.Count == 1)
        {
            return new TypedData(reader, element, dimensions, fields.Typed.Single()).Read();
        }

        var found = fields.Raw?.Length ?? 0;
        return found == bytes
            ? fields.Raw?.Window() ?? default
            : throw reader.FailWhole($"expected {bytes} bytes for {element.Display()} {dimensions}, found {found}");
    }

    private static long CountBytes(WireReader reader, EquatableArray<long> dimensions, int size)
    {
        var bytes = (Int128)size;
        foreach (var dimension in dimensions)
        {
            bytes = dimension >= 0 ? bytes * dimension : throw reader.FailWhole($"dims {dimensions} are negative");
            if (bytes > long.MaxValue / 16)
            {
                throw reader.FailWhole($"dims {dimensions} are too large");
            }
        }

        return bytes <= int.MaxValue ? (long)bytes : throw reader.FailWhole($"the tensor has {bytes} bytes; one tensor may have at most {int.MaxValue}");
    }

    /// <summary>What a tensor's fields say, before they are compared with each other.</summary>
    private sealed class Fields
    {
        internal List<long> Dimensions { get; } = [];

        internal int DataType { get; private set; }

        internal string Name { get; private set; } = "";

        internal ByteRange? Raw { get; private set; }

        internal HashSet<int> Typed { get; } = [];

        internal bool IsExternal { get; private set; }

        /// <summary>In how many places data stands.</summary>
        internal int Places => (Raw is null ? 0 : 1) + Typed.Count + (IsExternal ? 1 : 0);

        internal Dictionary<string, string> External { get; } = new(StringComparer.Ordinal);

        internal void Read(WireReader reader, OnnxReadLimits limits)
        {
            switch (reader.Field)
            {
                case TensorProto.DimsFieldNumber:
                    reader.Each(r => Dimensions.AddLimited(r, r.Varint(), limits.MaxRank, "dimensions"));
                    break;
                case TensorProto.DataTypeFieldNumber:
                    DataType = reader.Int32();
                    break;
                case TensorProto.NameFieldNumber:
                    reader.Label = Name = reader.Text();
                    break;
                case TensorProto.RawDataFieldNumber:
                    Raw = reader.Bytes();
                    break;
                case TensorProto.DataLocationFieldNumber:
                    IsExternal = reader.Int32() switch
                    {
                        0 => false,
                        1 => true,
                        var other => throw reader.Fail($"expected 0 (in the file) or 1 (external), found {other}"),
                    };
                    break;
                case TensorProto.ExternalDataFieldNumber:
                    External.AddEntry(reader, limits.MaxAttributes);
                    break;
                case TensorProto.FloatDataFieldNumber or TensorProto.Int32DataFieldNumber or TensorProto.StringDataFieldNumber
                    or TensorProto.Int64DataFieldNumber or TensorProto.DoubleDataFieldNumber or TensorProto.Uint64DataFieldNumber:
                    Typed.Add(reader.Field);
                    reader.Skip();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
    }
}
