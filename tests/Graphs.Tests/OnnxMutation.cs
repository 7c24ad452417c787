using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Toolchain.Graphs.Onnx.Schema;
using AttributeType = Toolchain.Graphs.Onnx.Schema.AttributeProto.Types.AttributeType;

namespace Toolchain.Graphs.Tests;

/// <summary>Damages an ONNX file where its structure is: fields gone, twice, elsewhere or of another kind, names and messages exchanged, odd numbers, lengths and paths, graphs inside nodes.</summary>
internal sealed class OnnxMutation(Random random)
{
    private const int MostFields = 20_000;

    private static readonly ulong[] Integers =
        [0, 1, 2, 3, 7, 8, 16, 17, 127, 128, 255, 256, 65535, int.MaxValue, 1UL << 31, uint.MaxValue, 1UL << 32, long.MaxValue / 8, long.MaxValue, 1UL << 63, ulong.MaxValue, ulong.MaxValue - 1, unchecked((ulong)int.MinValue)];

    private static readonly byte[][] Texts = [[], [0], [0xC3], [0xFF, 0xFE], .. new[] { "x", "ai.onnx", "..", "w.bin", "/etc/passwd", "../w.bin", "a/../../w.bin", "C:\\w.bin", "18446744073709551615", "-1", "If", "Loop", "Scan", "Constant", "Reshape", new string('n', 5000) }.Select(Encoding.UTF8.GetBytes)];

    private static readonly string[] ExternalKeys = ["location", "offset", "length"];

    /// <summary>The file with one to three damages.</summary>
    public byte[] Of(byte[] valid)
    {
        var model = WireField.Parse(valid, ModelProto.Descriptor);
        for (var n = random.Next(1, 4); n > 0; n--)
        {
            var all = Flatten(model, ModelProto.Descriptor);
            if (all.Count is > 0 and < MostFields)
            {
                Damage(all[random.Next(all.Count)], all);
            }
        }

        return WireField.Bytes(model);
    }

    private void Damage(Place place, List<Place> all)
    {
        var (siblings, field) = (place.Siblings, place.Field);
        switch (random.Next(15))
        {
            case 0:
                siblings.Remove(field);
                break;
            case 1:
                siblings.Insert(random.Next(siblings.Count + 1), field.Clone());
                break;
            case 2:
                var (from, to) = (siblings.IndexOf(field), random.Next(siblings.Count));
                (siblings[from], siblings[to]) = (siblings[to], siblings[from]);
                break;
            case 3 or 4:
                Exchange(place, all);
                break;
            case 5 or 6:
                Renumber(field);
                break;
            case 7:
                field.Number = place.Message is { } message && random.Next(4) > 0 ? Any(message.Fields.InFieldNumberOrder()).FieldNumber : random.Next(0, 40);
                break;
            case 8:
                field.Type = (WireFormat.WireType)random.Next(8);
                break;
            case 9:
                field.LengthError = Any<long>([-2, -1, 1, 2, 100, int.MaxValue, 1L << 40, long.MinValue]);
                break;
            case 10:
                field.Padding = random.Next(1, 12);
                break;
            case 11:
                Split(siblings, field);
                break;
            case 12:
                MakeExternal(all);
                break;
            case 13:
                Nest(all);
                break;
            default:
                Rewrite(field);
                break;
        }
    }

    /// <summary>Gives a field what another one of its kind has: the name of another value, the tensor or attribute of another node, a node of another graph.</summary>
    private void Exchange(Place place, List<Place> all)
    {
        if (place.Field.Known is { } known)
        {
            var other = Any(all.FindAll(p => p.Field.Known is { } kind && kind.FieldType == known.FieldType && (kind.FieldType != FieldType.Message || kind.MessageType == known.MessageType))).Field.Clone();
            (place.Field.Integer, place.Field.Content, place.Field.Parts) = (other.Integer, other.Content, other.Parts);
        }
    }

    private void Renumber(WireField field)
    {
        if (field.Type == WireFormat.WireType.Varint)
        {
            field.Integer = random.Next(3) == 0 ? field.Integer + (ulong)random.Next(-2, 3) : Any(Integers);
        }
        else
        {
            Rewrite(field);
        }
    }

    private void Rewrite(WireField field)
    {
        if (field.Parts is { } parts)
        {
            parts.Clear();
            return;
        }

        field.Content = random.Next(4) switch
        {
            0 => Any(Texts),
            1 => field.Content[..random.Next(field.Content.Length + 1)],
            2 => [.. field.Content, .. Any(Texts)],
            _ => [.. field.Content.Select(b => random.Next(4) == 0 ? (byte)random.Next(256) : b)],
        };
    }

    /// <summary>Makes two of one message: readers of protobuf join them again.</summary>
    private void Split(List<WireField> siblings, WireField field)
    {
        if (field.Parts is { Count: > 1 } parts)
        {
            var at = random.Next(1, parts.Count);
            var rest = field.Clone();
            rest.Parts!.RemoveRange(0, at);
            parts.RemoveRange(at, parts.Count - at);
            siblings.Insert(random.Next(siblings.IndexOf(field), siblings.Count) + 1, rest);
        }
    }

    private void MakeExternal(List<Place> all)
    {
        if (all.FindAll(static p => p.Field is { Parts: not null, Known: { } known } && known.MessageType == TensorProto.Descriptor) is { Count: > 0 } tensors)
        {
            var tensor = Any(tensors).Field.Parts!;
            tensor.RemoveAll(static f => f.Number == TensorProto.RawDataFieldNumber);
            tensor.Add(WireField.OfInteger(TensorProto.DataLocationFieldNumber, 1));
            tensor.AddRange(ExternalKeys.Select(key => WireField.OfMessage(
                TensorProto.ExternalDataFieldNumber, WireField.OfBytes(1, Encoding.UTF8.GetBytes(key)), WireField.OfBytes(2, key == "location" ? Any(Texts) : Encoding.UTF8.GetBytes($"{Any(Integers)}")))));
        }
    }

    /// <summary>Puts a copy of some graph into some node.</summary>
    private void Nest(List<Place> all)
    {
        var graphs = all.FindAll(static p => p.Field is { Parts: not null, Known: { } known } && known.MessageType == GraphProto.Descriptor);
        var nodes = all.FindAll(static p => p.Field is { Parts: not null, Known: { } known } && known.MessageType == NodeProto.Descriptor);
        if (graphs.Count > 0 && nodes.Count > 0)
        {
            Any(nodes).Field.Parts!.Add(WireField.OfMessage(
                NodeProto.AttributeFieldNumber,
                WireField.OfBytes(AttributeProto.NameFieldNumber, Encoding.UTF8.GetBytes(Any<string>(["body", "then_branch", "else_branch"]))),
                WireField.OfInteger(AttributeProto.TypeFieldNumber, (ulong)AttributeType.Graph),
                WireField.OfMessage(AttributeProto.GFieldNumber, Any(graphs).Field.Clone().Parts!)));
        }
    }

    private T Any<T>(IList<T> items) => items[random.Next(items.Count)];

    private static List<Place> Flatten(List<WireField> fields, MessageDescriptor? message)
    {
        var places = new List<Place>();
        Visit(fields, message);
        return places;

        void Visit(List<WireField> siblings, MessageDescriptor? around)
        {
            foreach (var field in siblings)
            {
                places.Add(new(siblings, field, around));
                if (field.Parts is { } parts)
                {
                    Visit(parts, field.Known?.MessageType);
                }
            }
        }
    }

    /// <summary>A field, the list that it stands in, and the message that the list is.</summary>
    private sealed record Place(List<WireField> Siblings, WireField Field, MessageDescriptor? Message);
}
