using Toolchain.Graphs.Onnx.Schema;

namespace Toolchain.Graphs.Onnx;

/// <summary>Reads an <c>OperatorSetIdProto</c>: a domain's name, empty for the default one, and version.</summary>
internal static class OpsetImport
{
    internal static KeyValuePair<string, long> Read(WireReader reader)
    {
        var (domain, version) = ("", 0L);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case OperatorSetIdProto.DomainFieldNumber:
                    domain = reader.Text();
                    break;
                case OperatorSetIdProto.VersionFieldNumber:
                    version = reader.Varint();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return KeyValuePair.Create(domain == "ai.onnx" ? "" : domain, version);
    }
}
