using System.Collections;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace Toolchain.Graphs;

/// <summary>One dimension of a shape: a number, a symbol such as <c>N</c>, or unknown.</summary>
public readonly record struct Dimension
{
    private readonly long? _value;

    private Dimension(long? value, string? symbol) => (_value, Symbol) = (value, symbol);

    /// <summary>A dimension about which nothing is known.</summary>
    public static Dimension Unknown => default;

    /// <summary>The symbol, or null when the dimension is a number or unknown.</summary>
    public string? Symbol { get; }

    /// <summary>Whether the dimension is a number.</summary>
    public bool IsKnown => _value.HasValue;

    /// <summary>The number.</summary>
    /// <exception cref="InvalidOperationException">The dimension is symbolic or unknown.</exception>
    public long Value => _value ?? throw new InvalidOperationException($"Dimension {this} is not a number.");

    /// <summary>Whether the two can be the same at run time: equal, or at least one of them is not a number.</summary>
    public bool Admits(Dimension other) => !IsKnown || !other.IsKnown || Value == other.Value;

    /// <summary>A number as a dimension.</summary>
    public static implicit operator Dimension(long value) => new(value, null);

    /// <summary>A symbol as a dimension.</summary>
    public static implicit operator Dimension(string symbol) => new(null, symbol);

    /// <inheritdoc/>
    public override string ToString() => _value?.ToString(CultureInfo.InvariantCulture) ?? Symbol ?? "?";
}

/// <summary>An immutable tensor shape whose dimensions are numbers, symbols or unknown.</summary>
[CollectionBuilder(typeof(Shape), nameof(Create))]
public sealed class Shape : IReadOnlyList<Dimension>, IEquatable<Shape>
{
    private readonly Dimension[] _dimensions;

    private Shape(Dimension[] dimensions) => _dimensions = dimensions;

    /// <summary>The shape of a scalar.</summary>
    public static Shape Scalar { get; } = new([]);

    /// <summary>A shape of the given dimensions.</summary>
    public static Shape Create(ReadOnlySpan<Dimension> dimensions) => new(dimensions.ToArray());

    /// <summary>A shape of numbers only.</summary>
    public static Shape Of(IEnumerable<long> dimensions) => new([.. dimensions.Select(static d => (Dimension)d)]);

    /// <summary>The number of dimensions.</summary>
    public int Rank => _dimensions.Length;

    /// <summary>The number of dimensions, as lists name it.</summary>
    public int Count => _dimensions.Length;

    /// <inheritdoc/>
    public Dimension this[int index] => _dimensions[index];

    /// <summary>Whether every dimension is a number.</summary>
    public bool IsKnown => Array.TrueForAll(_dimensions, static d => d.IsKnown);

    /// <summary>The product of the dimensions, or null when one of them is not a number.</summary>
    /// <exception cref="OverflowException">The product exceeds 2^63−1.</exception>
    public long? Elements()
    {
        var product = 1L;
        foreach (var dimension in _dimensions)
        {
            if (!dimension.IsKnown)
            {
                return null;
            }

            product = checked(product * dimension.Value);
        }

        return product;
    }

    /// <summary>The shape with every symbol and unknown replaced by <paramref name="value"/>: a concrete batch, for example.</summary>
    public Shape Bind(long value) => new(Array.ConvertAll(_dimensions, d => d.IsKnown ? d : value));

    /// <summary>The shape with the dimensions of another one of the same rank where its own are not numbers; itself where there is no such other.</summary>
    public Shape Or(Shape? other) => other is null || other.Rank != Rank ? this : new([.. _dimensions.Zip(other, static (own, others) => own.IsKnown || !others.IsKnown ? own : others)]);

    /// <summary>The shape with one dimension replaced.</summary>
    public Shape With(int index, Dimension dimension)
    {
        var copy = (Dimension[])_dimensions.Clone();
        copy[index] = dimension;
        return new(copy);
    }

    /// <inheritdoc/>
    public bool Equals(Shape? other) => other is not null && _dimensions.AsSpan().SequenceEqual(other._dimensions);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Shape);

    /// <inheritdoc/>
    public override int GetHashCode() => _dimensions.Aggregate(0, static (hash, d) => HashCode.Combine(hash, d));

    /// <inheritdoc/>
    public IEnumerator<Dimension> GetEnumerator() => ((IEnumerable<Dimension>)_dimensions).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The shape as people write it: <c>[N, 3, 224, 224]</c>.</summary>
    public override string ToString() => $"[{string.Join(", ", _dimensions)}]";
}

/// <summary>What is known of a value: its element type and, unless nothing is known of it, its shape.</summary>
public sealed record TensorType(ElementType Element, Shape? Shape)
{
    /// <summary>The type as people write it: <c>float32 [N, 10]</c>.</summary>
    public override string ToString() => $"{Element.Display()} {Shape?.ToString() ?? "(shape unknown)"}";
}
