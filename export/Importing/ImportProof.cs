using Toolchain.Export.Verification;
using Toolchain.Graphs;
using Toolchain.Registry.Cli;

namespace Toolchain.Export.Importing;

/// <summary>Compares what an imported graph gives with what its file gives, both computed by ONNX Runtime.</summary>
internal static class ImportProof
{
    /// <summary>
    /// The largest difference, in proportion to the largest number where that is above 1; of probabilities, after the softmax or sigmoid that the graph
    /// leaves to others.
    /// </summary>
    /// <param name="reference">What the file gives.</param>
    /// <param name="found">What the graph gives, <c>[n, K]</c> or <c>[n, K, H, W]</c>.</param>
    /// <param name="relation">How both are related.</param>
    /// <param name="options">The import.</param>
    /// <param name="channelsLast">Whether the file has channels last.</param>
    public static double Difference(TensorData reference, TensorData found, Relation relation, ImportOptions options, bool channelsLast)
    {
        var (expected, actual) = (ClassSums.Rows(reference, options, channelsLast), ClassSums.Rows(found, options, channelsLast: false));
        var largest = 0.0;
        var size = 1.0;
        foreach (var (wanted, row) in expected.Zip(actual))
        {
            var values = Related(row, relation);
            for (var i = 0; i < wanted.Length; i++)
            {
                // Two values that overflowed alike agree; a difference that is no number does not.
                var difference = wanted[i].Equals(values[i]) ? 0 : Math.Abs(wanted[i] - values[i]);
                largest = double.IsNaN(difference) ? double.PositiveInfinity : Math.Max(largest, difference);
                size = double.IsFinite(wanted[i]) ? Math.Max(size, Math.Abs(wanted[i])) : size;
            }
        }

        return largest / size;
    }

    /// <summary>How large the difference may be.</summary>
    /// <param name="element">The element type of the file's numbers.</param>
    public static double Allowed(ElementType element) => element == ElementType.Float16 ? Tolerances.ImportHalf : Tolerances.Import;

    /// <summary>Refuses a graph that computes something else.</summary>
    /// <exception cref="ToolchainException">The difference is larger than allowed (<see cref="ErrorKind.Mismatch"/>).</exception>
    public static void Require(double difference, double allowed, ImportOptions options)
    {
        if (!(difference <= allowed))
        {
            throw new ToolchainException(
                ErrorKind.Mismatch,
                $"The graph that was made of '{options.File}' does not compute what the file computes: they differ by {Display.Number(difference)}, and {Display.Number(allowed)} is allowed. "
                + "Nothing was published. If the output's form was given, leave --output-form out; otherwise please report the file.");
        }
    }

    private static double[] Related(double[] row, Relation relation)
    {
        switch (relation)
        {
            case Relation.Same:
                return row;
            case Relation.Sigmoid:
                return Array.ConvertAll(row, static z => 1 / (1 + Math.Exp(-z)));
            case Relation.Softmax or Relation.Logarithm:
                var top = row.Max();
                var powers = Array.ConvertAll(row, z => Math.Exp(z - top));
                var sum = powers.Sum();
                return Array.ConvertAll(powers, p => p / sum);
            default:
                throw new ArgumentOutOfRangeException(nameof(relation), relation, "Unknown relation.");
        }
    }
}
