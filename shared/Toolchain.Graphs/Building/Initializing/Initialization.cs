using System.Runtime.InteropServices;
using System.Text;

namespace Toolchain.Graphs;

/// <summary>How a parameter gets its first values. Values depend on the seed and the parameter's name only: not on the engine, the device or the order of creation.</summary>
public abstract record Initialization
{
    /// <summary>Independent and uniform in ±<paramref name="Bound"/>.</summary>
    public sealed record Uniform(double Bound) : Initialization
    {
        internal override void Fill(Span<float> values, EquatableArray<long> dimensions, SeededRandom random)
        {
            foreach (ref var value in values)
            {
                value = (float)(((2 * random.NextDouble()) - 1) * Bound);
            }
        }
    }

    /// <summary>Independent and normal around 0.</summary>
    /// <param name="Deviation">The standard deviation.</param>
    public sealed record Normal(double Deviation) : Initialization
    {
        internal override void Fill(Span<float> values, EquatableArray<long> dimensions, SeededRandom random)
        {
            var normal = new NormalNumbers(random);
            foreach (ref var value in values)
            {
                value = (float)(normal.Next() * Deviation);
            }
        }
    }

    /// <summary>Normal around 0, with values beyond two deviations drawn again; the deviation of what is left is 0.88 · <paramref name="Deviation"/>.</summary>
    public sealed record TruncatedNormal(double Deviation) : Initialization
    {
        internal override void Fill(Span<float> values, EquatableArray<long> dimensions, SeededRandom random)
        {
            var normal = new NormalNumbers(random);
            foreach (ref var value in values)
            {
                double drawn;
                do
                {
                    drawn = normal.Next();
                }
                while (Math.Abs(drawn) > 2);
                value = (float)(drawn * Deviation);
            }
        }
    }

    /// <summary>A random matrix with orthogonal rows (or columns, where there are fewer of them) of length <paramref name="Gain"/> (Saxe et al. 2013, arXiv 1312.6120); the axes behind the first are one.</summary>
    public sealed record Orthogonal(double Gain = 1) : Initialization
    {
        internal override void Fill(Span<float> values, EquatableArray<long> dimensions, SeededRandom random) =>
            OrthogonalMatrix.Fill(values, (int)dimensions[0], Gain, random);
    }

    /// <summary>One value for all.</summary>
    public sealed record Fixed(float Value) : Initialization
    {
        internal override void Fill(Span<float> values, EquatableArray<long> dimensions, SeededRandom random) => values.Fill(Value);
    }

    /// <summary>All zeros.</summary>
    public static Initialization Zeros { get; } = new Fixed(0);

    /// <summary>All ones.</summary>
    public static Initialization Ones { get; } = new Fixed(1);

    /// <summary>
    /// PyTorch's default for convolutions and linear layers, weights and biases alike: uniform in ±1/√fan-in, which is He's Kaiming-uniform rule
    /// (He et al. 2015, arXiv 1502.01852) with a = √5.
    /// </summary>
    /// <param name="fanIn">Inputs that each output sums over.</param>
    public static Initialization Default(long fanIn) => new Uniform(1 / Math.Sqrt(Math.Max(1, fanIn)));

    /// <summary>The first values of a float32 parameter, made when they are read.</summary>
    public TensorData Tensor(string name, EquatableArray<long> dimensions, long seed) => TensorData.Computed(
        ElementType.Float32, dimensions, bytes => Fill(MemoryMarshal.Cast<byte, float>(bytes), dimensions, new SeededRandom(seed, NameHash(name))));

    /// <summary>Writes the values.</summary>
    internal abstract void Fill(Span<float> values, EquatableArray<long> dimensions, SeededRandom random);

    // FNV-1a, 64 bits (Fowler, Noll and Vo): string.GetHashCode differs from process to process.
    private static long NameHash(string name)
    {
        var hash = 0xCBF29CE484222325;
        foreach (var octet in Encoding.UTF8.GetBytes(name))
        {
            hash = (hash ^ octet) * 0x100000001B3;
        }

        return unchecked((long)hash);
    }
}
