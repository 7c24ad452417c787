using System.Numerics;
using System.Runtime.InteropServices;

namespace Toolchain.Graphs;

/// <summary>
/// Random orthogonal matrices: Gram and Schmidt's process on normal vectors, whose directions are uniform, so that the result is too
/// (the factor Q of a QR decomposition whose R has a positive diagonal: Mezzadri 2006, arXiv math-ph/0609050).
/// </summary>
internal static class OrthogonalMatrix
{
    /// <summary>Writes a matrix of the given rows, row-major, whose shorter side is orthogonal vectors of length <paramref name="gain"/>.</summary>
    internal static void Fill(Span<float> values, int rows, double gain, SeededRandom random)
    {
        var columns = rows == 0 ? 0 : values.Length / rows;
        var (count, length) = rows <= columns ? (rows, columns) : (columns, rows);
        var vectors = Orthonormal(count, length, new NormalNumbers(random));
        for (var i = 0; i < values.Length; i++)
        {
            var (row, column) = (i / columns, i % columns);
            values[i] = (float)(gain * (rows <= columns ? vectors[row][column] : vectors[column][row]));
        }
    }

    private static double[][] Orthonormal(int count, int length, NormalNumbers normal)
    {
        var vectors = new double[count][];
        for (var i = 0; i < count; i++)
        {
            var vector = vectors[i] = new double[length];
            foreach (ref var value in vector.AsSpan())
            {
                value = normal.Next();
            }

            // The second pass takes away what rounding left of the first («twice is enough», Kahan in Parlett 1980).
            for (var pass = 0; pass < 2; pass++)
            {
                for (var earlier = 0; earlier < i; earlier++)
                {
                    AddScaled(vector, vectors[earlier], -Dot(vector, vectors[earlier]));
                }
            }

            var norm = Math.Sqrt(Dot(vector, vector));
            foreach (ref var value in vector.AsSpan())
            {
                value /= norm;
            }
        }

        return vectors;
    }

    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        var wideA = MemoryMarshal.Cast<double, Vector<double>>(a);
        var wideB = MemoryMarshal.Cast<double, Vector<double>>(b);
        var sums = Vector<double>.Zero;
        for (var i = 0; i < wideA.Length; i++)
        {
            sums += wideA[i] * wideB[i];
        }

        var sum = Vector.Sum(sums);
        for (var i = wideA.Length * Vector<double>.Count; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }

    private static void AddScaled(Span<double> target, ReadOnlySpan<double> source, double factor)
    {
        var wideTarget = MemoryMarshal.Cast<double, Vector<double>>(target);
        var wideSource = MemoryMarshal.Cast<double, Vector<double>>(source);
        for (var i = 0; i < wideTarget.Length; i++)
        {
            wideTarget[i] += wideSource[i] * factor;
        }

        for (var i = wideTarget.Length * Vector<double>.Count; i < target.Length; i++)
        {
            target[i] += source[i] * factor;
        }
    }
}
