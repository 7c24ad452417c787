using Toolchain.Graphs;
using Toolchain.Graphs.Onnx;

namespace Toolchain.Export.Inspection;

/// <summary>What an ONNX file holds.</summary>
/// <param name="Path">The file.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Model">Its content.</param>
/// <param name="Operators">Nodes by operator, the most frequent first; operators of other domains with their domain, <c>com.microsoft.FusedConv</c>.</param>
/// <param name="Layers">The layer table; null when the types inside cannot be found.</param>
/// <param name="LayersProblem">Why there is no layer table; null when there is one.</param>
internal sealed record ModelInspection(string Path, long Bytes, OnnxModel Model, EquatableArray<(string Operator, int Count)> Operators, LayerTable? Layers, string? LayersProblem)
{
    /// <summary>Initializers by element type, the largest first: type, count, bytes.</summary>
    public IEnumerable<(ElementType Type, int Count, long Bytes)> Weights => Model.Graph.Initializers.Values
        .GroupBy(static w => w.Type)
        .Select(static g => (Type: g.Key, Count: g.Count(), Bytes: g.Sum(static w => w.ByteCount)))
        .OrderByDescending(static g => g.Bytes);

    /// <summary>Reads and measures a file.</summary>
    /// <exception cref="ToolchainException">It cannot be read, or its structure is broken.</exception>
    public static ModelInspection Of(string path)
    {
        var model = OnnxFile.Read(path);
        var operators = model.Graph.Nodes
            .CountBy(static n => n.Op.Domain.Length == 0 ? n.Op.Type : $"{n.Op.Domain}.{n.Op.Type}")
            .OrderByDescending(static o => o.Value).ThenBy(static o => o.Key, StringComparer.Ordinal)
            .Select(static o => (o.Key, o.Value));
        LayerTable? layers = null;
        string? problem = null;
        try
        {
            layers = LayerTable.Of(model.Graph, model.ValueInfo);
        }
        catch (ToolchainException misfit)
        {
            problem = misfit.Message;
        }

        return new(path, new FileInfo(path).Length, model, operators.ToEquatableArray(), layers, problem);
    }
}
