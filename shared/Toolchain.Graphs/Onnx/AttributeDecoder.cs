using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Toolchain.Graphs.Onnx.Schema;
using AttributeType = Toolchain.Graphs.Onnx.Schema.AttributeProto.Types.AttributeType;

namespace Toolchain.Graphs.Onnx;

/// <summary>An <c>AttributeProto</c> as the file has it.</summary>
/// <param name="Value">The attribute; null for a reference.</param>
/// <param name="Reference">Of a function's node, the attribute of the call that it stands for; otherwise null.</param>
/// <param name="Graphs">The graphs that the attribute holds.</param>
internal sealed record FileAttribute(Attribute? Value, AttributeReference? Reference, IReadOnlyList<FileGraph> Graphs);

/// <summary>Reads an <c>AttributeProto</c>. What the toolchain does not work with (sub-graphs, types, sparse tensors) is checked and kept as bytes.</summary>
/// <param name="tensors">Reads tensors.</param>
/// <param name="limits">Limits.</param>
/// <param name="isInside">Whether the attribute stands inside another one, which has been checked and has the bytes of both.</param>
internal sealed class AttributeDecoder(TensorReader tensors, OnnxReadLimits limits, bool isInside = false)
{
    // protobuf 3 leaves out what is zero or empty; ONNX has no other way to say it there.
    private static readonly Dictionary<AttributeType, AttributeValue> Zeros = new()
    {
        [AttributeType.Float] = new AttributeValue.Float(0),
        [AttributeType.Int] = new AttributeValue.Int(0),
        [AttributeType.String] = new AttributeValue.Text(""),
    };

    private static readonly Dictionary<AttributeType, int> FieldOf = new()
    {
        [AttributeType.Float] = AttributeProto.FFieldNumber,
        [AttributeType.Int] = AttributeProto.IFieldNumber,
        [AttributeType.String] = AttributeProto.SFieldNumber,
        [AttributeType.Tensor] = AttributeProto.TFieldNumber,
        [AttributeType.Graph] = AttributeProto.GFieldNumber,
        [AttributeType.Floats] = AttributeProto.FloatsFieldNumber,
        [AttributeType.Ints] = AttributeProto.IntsFieldNumber,
        [AttributeType.Strings] = AttributeProto.StringsFieldNumber,
        [AttributeType.Tensors] = AttributeProto.TensorsFieldNumber,
        [AttributeType.Graphs] = AttributeProto.GraphsFieldNumber,
        [AttributeType.SparseTensor] = AttributeProto.SparseTensorFieldNumber,
        [AttributeType.SparseTensors] = AttributeProto.SparseTensorsFieldNumber,
        [AttributeType.TypeProto] = AttributeProto.TpFieldNumber,
        [AttributeType.TypeProtos] = AttributeProto.TypeProtosFieldNumber,
    };

    private int _kept;

    /// <summary>Reads an attribute; of a function's node it may be a reference instead, to an attribute of the call.</summary>
    internal FileAttribute Read(WireReader reader)
    {
        var reference = "";
        var (name, type, found) = ("", AttributeType.Undefined, new SortedSet<int>());
        var value = default(AttributeValue);
        var (ints, floats, texts, graphs) = (new List<long>(), new List<float>(), new List<string?>(), new List<FileGraph>());
        while (reader.Next())
        {
            if (FieldOf.ContainsValue(reader.Field))
            {
                found.Add(reader.Field);
            }

            switch (reader.Field)
            {
                case AttributeProto.NameFieldNumber:
                    reader.Label = name = reader.Text();
                    break;
                case AttributeProto.TypeFieldNumber:
                    type = (AttributeType)reader.Int32();
                    break;
                case AttributeProto.RefAttrNameFieldNumber:
                    reference = reader.Text() is { Length: > 0 } of ? of : throw reader.Fail("the attribute refers to one without a name");
                    break;
                case AttributeProto.FFieldNumber:
                    value = new AttributeValue.Float(reader.Float());
                    break;
                case AttributeProto.IFieldNumber:
                    value = new AttributeValue.Int(reader.Varint());
                    break;
                case AttributeProto.SFieldNumber:
                    value = Text(reader) is { } text ? new AttributeValue.Text(text) : null;
                    break;
                case AttributeProto.TFieldNumber:
                    value = tensors.Read(reader.Message()).Data is { } tensor ? new AttributeValue.Tensor(tensor) : null;
                    break;
                case AttributeProto.FloatsFieldNumber:
                    reader.Each(r => floats.Add(r.Float()));
                    break;
                case AttributeProto.IntsFieldNumber:
                    reader.Each(r => ints.Add(r.Varint()));
                    break;
                case AttributeProto.StringsFieldNumber:
                    texts.Add(Text(reader));
                    break;
                case AttributeProto.GFieldNumber or AttributeProto.GraphsFieldNumber:
                    graphs.Add(Graph(reader));
                    break;
                case var _ when isInside:
                    reader.Skip();
                    break;
                default:
                    Keep(reader);
                    break;
            }
        }

        if (reference.Length > 0)
        {
            return name.Length > 0 && found.Count == 0
                ? new(null, new(name, reference), [])
                : throw reader.FailWhole(name.Length == 0 ? "the attribute has no name" : $"the attribute refers to '{reference}' of a function and has a value of its own too");
        }

        CheckType(reader, name, type, found);
        return new(new(name, type switch
        {
            AttributeType.Ints => new AttributeValue.Ints(ints.ToEquatableArray()),
            AttributeType.Floats => new AttributeValue.Floats(floats.ToEquatableArray()),
            AttributeType.Strings when !texts.Contains(null) => new AttributeValue.Texts(texts.ToEquatableArray()!),
            _ => value ?? (found.Count == 0 ? Zeros.GetValueOrDefault(type) : null) ?? new AttributeValue.Opaque(isInside ? [] : new(ImmutableCollectionsMarshal.AsImmutableArray(reader.Copy()))),
        }), null, graphs);
    }

    private static void CheckType(WireReader reader, string name, AttributeType type, SortedSet<int> found)
    {
        if (name.Length == 0)
        {
            throw reader.FailWhole("the attribute has no name");
        }

        if (!FieldOf.TryGetValue(type, out var field))
        {
            throw reader.FailWhole(type == AttributeType.Undefined ? "the attribute's type is missing" : $"the attribute's type {(int)type} is not one that ONNX defines");
        }

        var descriptor = AttributeProto.Descriptor.FindFieldByNumber(field);
        var fits = found.Count == 0 ? descriptor.IsRepeated || Zeros.ContainsKey(type) : found.SetEquals([field]);
        if (!fits)
        {
            var fields = found.Select(static f => $"'{AttributeProto.Descriptor.FindFieldByNumber(f).Name}'");
            throw reader.FailWhole($"the attribute's type says a value in field '{descriptor.Name}', found {(found.Count == 0 ? "none" : string.Join(" and ", fields))}");
        }
    }

    /// <summary>Bytes as text, or null when they are not UTF-8: ONNX's strings are any bytes.</summary>
    private string? Text(WireReader reader)
    {
        var bytes = reader.Window();
        return bytes.Length <= limits.MaxTextBytes ? StrictUtf8.Decode(bytes.Span) : null;
    }

    // The outermost graph is checked down to its innermost messages before anything is made of it, so that limits hold.
    private FileGraph Graph(WireReader reader)
    {
        var message = isInside ? reader.Message() : KeepMessage(reader);
        return new GraphReader(tensors, limits, isInside: true).Read(message.Again());
    }

    /// <summary>Checks a field that is kept as bytes, down to its innermost messages.</summary>
    private void Keep(WireReader reader)
    {
        if (reader.IsText)
        {
            _ = reader.Text();
        }
        else if (!reader.IsMessage)
        {
            reader.SkipChecked();
        }
        else
        {
            KeepMessage(reader);
        }
    }

    private WireReader KeepMessage(WireReader reader)
    {
        if (++_kept > limits.MaxKeptMessages)
        {
            throw reader.Fail($"sub-graphs and other attributes that are kept as they are hold more than {limits.MaxKeptMessages} messages");
        }

        var message = reader.Message();
        while (message.Next())
        {
            if (message.Is<TensorProto>() && message.Field == TensorProto.DataLocationFieldNumber)
            {
                _ = message.Varint() == 0 ? 0 : throw message.Fail("a tensor inside a sub-graph has external data, which is not supported");
            }
            else
            {
                Keep(message);
            }
        }

        return message;
    }
}
