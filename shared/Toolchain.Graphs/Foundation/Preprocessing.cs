using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Toolchain;

/// <summary>What a sample is before it is normalised; in manifests a word, <c>pixels</c> or <c>numbers</c>.</summary>
[JsonConverter(typeof(SampleKindWords))]
public enum SampleKind
{
    /// <summary>A decoded image: uint8, 0..255.</summary>
    [JsonStringEnumMemberName("pixels")]
    Pixels,

    /// <summary>A row of a table: float32, in the units of its columns, one channel each.</summary>
    [JsonStringEnumMemberName("numbers")]
    Numbers,
}

/// <summary>Reads and writes <see cref="SampleKind"/> as a word; a number is refused.</summary>
public sealed class SampleKindWords() : JsonStringEnumConverter<SampleKind>(namingPolicy: null, allowIntegerValues: false);

/// <summary>
/// How an image becomes a network's input: the one description that training, export and serving share, so that they cannot drift apart.
/// An image is decoded to <paramref name="Channels"/> channels, resized to <paramref name="Height"/> × <paramref name="Width"/> when it has
/// another size, and each value v (0..255) of channel c becomes (v/255 − Mean[c]) / Std[c]. A row of a table has a channel for each column, height and
/// width 1, and becomes (v − Mean[c]) / Std[c].
/// </summary>
/// <param name="Channels">1 for grey, 3 for RGB.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Mean">Per channel, on the 0..1 scale, measured on the training split.</param>
/// <param name="Std">Per channel, on the 0..1 scale; above 0.</param>
public sealed record Preprocessing(int Channels, int Height, int Width, ImmutableArray<float> Mean, ImmutableArray<float> Std)
{
    /// <summary>What samples are: decoded images by default, and then left out of manifests.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public SampleKind Samples { get; init; } = SampleKind.Pixels;

    /// <summary>The multiplier a[c] of the affine form v·a[c] + b[c]: 1 / (255 · Std[c]) for images, 1 / Std[c] for numbers.</summary>
    public float Scale(int channel) => (float)(1.0 / (Samples == SampleKind.Pixels ? 255.0 * Std[channel] : Std[channel]));

    /// <summary>The offset b[c] of the affine form v·a[c] + b[c]: −Mean[c] / Std[c].</summary>
    public float Offset(int channel) => (float)(-(double)Mean[channel] / Std[channel]);

    /// <summary>Normalises decoded images: v·a[c] + b[c] with both steps rounded to float32, as training and exported graphs compute it.</summary>
    /// <param name="pixels"><c>uint8 [N, H, W, C]</c>.</param>
    /// <param name="values"><c>float32 [N, C, H, W]</c>, as many as there are pixels.</param>
    public void Normalise(ReadOnlySpan<byte> pixels, Span<float> values)
    {
        var plane = Height * Width;
        for (var first = 0; first < pixels.Length; first += plane * Channels)
        {
            for (var c = 0; c < Channels; c++)
            {
                var (scale, offset) = (Scale(c), Offset(c));
                var target = values.Slice(first + (c * plane), plane);
                for (var i = 0; i < plane; i++)
                {
                    var scaled = pixels[first + (i * Channels) + c] * scale;
                    target[i] = scaled + offset;
                }
            }
        }
    }

    /// <summary>Normalises rows of a table: v·a[c] + b[c] with both steps rounded to float32, as training and exported graphs compute it.</summary>
    /// <param name="numbers"><c>float32 [N, 1, 1, C]</c>.</param>
    /// <param name="values"><c>float32 [N, C, 1, 1]</c>, as many.</param>
    public void Normalise(ReadOnlySpan<float> numbers, Span<float> values)
    {
        for (var i = 0; i < numbers.Length; i++)
        {
            var scaled = numbers[i] * Scale(i % Channels);
            values[i] = scaled + Offset(i % Channels);
        }
    }

    /// <summary>Two descriptions are equal when every number is.</summary>
    public bool Equals(Preprocessing? other) => other is not null
        && (Channels, Height, Width, Samples) == (other.Channels, other.Height, other.Width, other.Samples)
        && Mean.AsSpan().SequenceEqual(other.Mean.AsSpan()) && Std.AsSpan().SequenceEqual(other.Std.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Channels, Height, Width, Mean.Length > 0 ? Mean[0] : 0, Std.Length > 0 ? Std[0] : 0);
}
