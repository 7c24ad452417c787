using Toolchain.Graphs.Files;
using Toolchain.Graphs.Onnx.Schema;

namespace Toolchain.Graphs.Onnx;

/// <summary>
/// What an ONNX file needs beside itself, found without understanding its graph: whoever hands a file from elsewhere to another program can refuse it before that
/// program follows them.
/// </summary>
/// <param name="Files">The files that tensors name as their external data (onnx/docs/ExternalData.md), in ordinal order, as they are written.</param>
/// <param name="Domains">The operator domains that the file imports and does not define by functions of its own, in ordinal order; empty for the standard one.</param>
public sealed record OnnxReferences(IReadOnlyCollection<string> Files, IReadOnlyCollection<string> Domains)
{
    private const string Location = "location";

    /// <summary>Finds them in every tensor: of the graph, of its functions, of sub-graphs and of attributes.</summary>
    /// <param name="bytes">The file's content.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="ToolchainException">The content is not an ONNX file (<see cref="ErrorKind.BadInput"/>).</exception>
    public static OnnxReferences Of(ReadOnlyMemory<byte> bytes, string name = "model")
    {
        var walk = new Walk();
        try
        {
            walk.Visit(new(new MemorySource(bytes), ModelProto.Descriptor, OnnxReadLimits.Standard));
            return new(walk.Files, [.. walk.Domains.Except(walk.Defined, StringComparer.Ordinal)]);
        }
        catch (ToolchainException e)
        {
            throw new ToolchainException(e.Kind, $"Cannot read '{name}': {e.Message}", e);
        }
    }

    /// <summary>One walk over all messages. Readers join the parts of a message that stands twice, so each part counts by itself.</summary>
    private sealed class Walk
    {
        public SortedSet<string> Files { get; } = new(StringComparer.Ordinal);

        public SortedSet<string> Domains { get; } = new(StringComparer.Ordinal);

        public HashSet<string> Defined { get; } = new(StringComparer.Ordinal);

        public void Visit(WireReader message)
        {
            while (message.Next())
            {
                switch (message.Field)
                {
                    case TensorProto.ExternalDataFieldNumber when message.Is<TensorProto>():
                        AddLocation(message.Message());
                        break;
                    case ModelProto.OpsetImportFieldNumber when message.Is<ModelProto>():
                    case FunctionProto.OpsetImportFieldNumber when message.Is<FunctionProto>():
                        Domains.Add(OpsetImport.Read(message.Message()).Key);
                        break;
                    case FunctionProto.DomainFieldNumber when message.Is<FunctionProto>():
                        Defined.Add(message.Text());
                        break;
                    default:
                        VisitField(message);
                        break;
                }
            }
        }

        private void VisitField(WireReader message)
        {
            if (message.IsMessage)
            {
                Visit(message.MessagePart());
            }
            else
            {
                message.Skip();
            }
        }

        private void AddLocation(WireReader entry)
        {
            var (key, value) = ("", "");
            while (entry.Next())
            {
                switch (entry.Field)
                {
                    case StringStringEntryProto.KeyFieldNumber:
                        key = entry.Text();
                        break;
                    case StringStringEntryProto.ValueFieldNumber:
                        value = entry.Text();
                        break;
                    default:
                        entry.Skip();
                        break;
                }
            }

            if (key == Location)
            {
                Files.Add(value);
            }
        }
    }
}
