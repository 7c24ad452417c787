using Toolchain.Graphs.Onnx;
using Toolchain.Graphs.Onnx.Schema;

namespace Toolchain.Graphs.Tests;

/// <summary>Models whose large weights stay in the file that they are in.</summary>
public sealed class OnnxOutlineTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("onnx-outline").FullName;

    private string Model => Path.Combine(_folder, "m.onnx");

    [Fact]
    public void The_outline_is_the_same_model_with_its_large_weights_where_they_were()
    {
        var graph = Large();
        OnnxFile.Write(graph, Model);

        var outline = OnnxOutline.Of(Model);

        Assert.InRange(outline.Length, 1, 20_000);
        File.WriteAllBytes(Path.Combine(_folder, "outline.onnx"), outline);
        OnnxRoundTripTests.AssertSame(graph, OnnxFile.Read(Path.Combine(_folder, "outline.onnx")).Graph);
        var weights = ModelProto.Parser.ParseFrom(outline).Graph.Initializer.ToDictionary(static w => w.Name);
        Assert.Equal(["w0"], weights.Values.Where(static w => !w.HasRawData).Select(static w => w.Name));
        Assert.Equal("m.onnx", weights["w0"].ExternalData.Single(static e => e.Key == "location").Value);
    }

    [Fact]
    public void A_model_without_large_weights_is_its_own_outline()
    {
        OnnxFile.Write(OnnxSamples.EveryOperator(), Model);

        Assert.Equal(File.ReadAllBytes(Model), OnnxOutline.Of(Model));
    }

    [Fact]
    public void Weights_that_are_external_already_stay_where_they_are()
    {
        OnnxFile.Write(Large(), Model, new() { ExternalDataThreshold = 1 });

        Assert.Equal(File.ReadAllBytes(Model), OnnxOutline.Of(Model));
    }

    [Fact]
    public void A_damaged_file_is_refused_by_name()
    {
        OnnxFile.Write(Large(), Model);
        File.WriteAllBytes(Model, File.ReadAllBytes(Model)[..^300_000]);

        Assert.StartsWith($"Cannot read '{Model}': graph at byte", OnnxProto.Error(() => OnnxOutline.Of(Model)), StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static Graph Large()
    {
        var sketch = new OnnxSketch();
        sketch.Node(new Gemm(TransB: true), sketch.Input("N", 300), sketch.Weight(400, 300), sketch.Weight(400));
        return sketch.Build();
    }
}
