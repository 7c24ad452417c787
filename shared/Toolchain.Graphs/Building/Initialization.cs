using System.Runtime.InteropServices;
using System.Text;

namespace Toolchain.Graphs;

/// <summary>How a parameter gets its first values. Values depend on the seed and the parameter's name only: not on the engine, the device or the order of creation.</summary>
public abstract record Initialization
{
    /// <summary>
    /// PyTorch's default for convolutions and linear layers: uniform in ±1/√fan-in, which is He's Kaiming-uniform rule (He et al. 2015) with a = √5.
    /// </summary>
    /// <param name="FanIn">Inputs that each output sums over.</param>
    public sealed record KaimingUniform(long FanIn) : Initialization
    {
        internal override void Fill(Span<float> values, SeededRandom random)
        {
            var bound = 1 / Math.Sqrt(Math.Max(1, FanIn));
            foreach (ref var value in values)
            {
                value = (float)(((2 * random.NextDouble()) - 1) * bound);
            }
        }
    }

    /// <summary>One value for all.</summary>
    public sealed record Fixed(float Value) : Initialization
    {
        internal override void Fill(Span<float> values, SeededRandom random) => values.Fill(Value);
    }

    /// <summary>All zeros.</summary>
    public static Initialization Zeros { get; } = new Fixed(0);

    /// <summary>All ones.</summary>
    public static Initialization Ones { get; } = new Fixed(1);

    /// <summary>The first values of a float32 parameter, made when they are first read.</summary>
    public TensorData Tensor(string name, EquatableArray<long> dimensions, long seed)
    {
        TensorData? data = null;
        return data = TensorData.Deferred(ElementType.Float32, dimensions, () =>
        {
            var values = new float[data!.ElementCount];
            Fill(values, new SeededRandom(seed, NameHash(name)));
            return MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
        });
    }

    /// <summary>Writes the values.</summary>
    internal abstract void Fill(Span<float> values, SeededRandom random);

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
