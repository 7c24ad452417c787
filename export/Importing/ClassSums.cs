using Toolchain.Graphs;

namespace Toolchain.Export.Importing;

/// <summary>Walks over what a file gives class by class, wherever it keeps the axis of the classes.</summary>
internal static class ClassSums
{
    /// <summary>The sum over the classes for each image or pixel.</summary>
    public static IEnumerable<double> Of(TensorData values, ImportOptions options, bool channelsLast)
    {
        var rows = Rows(values, options, channelsLast);
        return rows.Select(static row => row.Sum());
    }

    /// <summary>The values of the classes for each image or pixel, images first.</summary>
    public static double[][] Rows(TensorData values, ImportOptions options, bool channelsLast)
    {
        var wanted = OutputEnding.Dimensions(values.Dimensions, options, channelsLast);
        var (classes, inner) = ((int)wanted[1], (int)wanted.Skip(2).Aggregate(1L, static (product, d) => product * d));
        var data = values.Values<float>();
        var last = channelsLast && wanted.Count == 4;
        var rows = new double[data.Length / Math.Max(1, classes)][];
        for (var row = 0; row < rows.Length; row++)
        {
            rows[row] = new double[classes];
            for (var c = 0; c < classes; c++)
            {
                var (image, pixel) = (row / inner, row % inner);
                rows[row][c] = data[last ? (((image * inner) + pixel) * classes) + c : (((image * classes) + c) * inner) + pixel];
            }
        }

        return rows;
    }
}
