using Toolchain.Graphs;
using Toolchain.Train.Tests.Support;

namespace Toolchain.Train.Tests.Execution;

/// <summary>Adaptive average pooling, which ONNX lacks, against its definition: cell i spans ⌊i·H/h⌋ to ⌈(i+1)·H/h⌉.</summary>
public sealed class AdaptivePoolingTests
{
    [Theory]
    [InlineData(12, 12, 1, 1)]
    [InlineData(12, 12, 3, 4)]
    [InlineData(12, 12, 12, 12)]
    [InlineData(12, 12, 5, 7)]
    [InlineData(7, 5, 6, 2)]
    [InlineData(13, 13, 6, 6)]
    [InlineData(2, 3, 6, 6)]
    [InlineData(1, 1, 6, 6)]
    [InlineData(4, 9, 6, 3)]
    public void It_is_the_mean_over_every_cell_in_both_engines(int height, int width, int rows, int columns)
    {
        var net = new GraphBuilder("adaptive");
        net.Output("y", net.Apply("pool", Layers.AdaptiveAvgPool2d(rows, columns), net.Input("x", ElementType.Float32, ["N", 3, height, width])));
        var (graph, input) = (net.Build(), Numbers.Uniform(1, 2, 3, height, width));
        var expected = Means(input, rows, columns);
        Tolerance.Holds(Tolerance.Operator, expected, Runners.Torch(graph, input), "libtorch");
        Tolerance.Holds(Tolerance.Operator, expected, Runners.OnnxRuntime(graph, input), "ONNX Runtime");
    }

    private static TensorData Means(TensorData input, int rows, int columns)
    {
        var (planes, height, width) = ((int)(input.Dimensions[0] * input.Dimensions[1]), (int)input.Dimensions[2], (int)input.Dimensions[3]);
        var values = input.Values<float>();
        var means = new float[planes * rows * columns];
        for (var cell = 0; cell < means.Length; cell++)
        {
            var (plane, row, column) = (cell / (rows * columns), cell / columns % rows, cell % columns);
            var (sum, count) = (0.0, 0);
            for (var y = row * height / rows; y < (int)Math.Ceiling((row + 1.0) * height / rows); y++)
            {
                for (var x = column * width / columns; x < (int)Math.Ceiling((column + 1.0) * width / columns); x++)
                {
                    (sum, count) = (sum + values[(((plane * height) + y) * width) + x], count + 1);
                }
            }

            means[cell] = (float)(sum / count);
        }

        return TensorData.Of<float>(means, input.Dimensions[0], input.Dimensions[1], rows, columns);
    }
}
