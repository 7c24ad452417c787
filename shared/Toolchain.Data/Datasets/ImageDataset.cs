using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;

namespace Toolchain.Data;

/// <summary>Labelled images in memory: one contiguous <c>uint8 [N, H, W, C]</c> buffer and a class number per image.</summary>
public sealed class ImageDataset
{
    private readonly byte[] _pixels;
    private readonly int[] _labels;
    private readonly Lazy<string> _contentHash;

    /// <summary>Takes ownership of the two arrays; neither may change afterwards.</summary>
    /// <param name="name">How messages refer to it, for example <c>fashion-mnist (train)</c>.</param>
    /// <param name="pixels"><c>uint8 [N, H, W, C]</c>, contiguous.</param>
    /// <param name="labels">N class numbers, from 0.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="channels">1 for grey, 3 for RGB.</param>
    /// <param name="classNames">What each class number means.</param>
    /// <exception cref="ToolchainException">A label is not a class number (<see cref="ErrorKind.BadInput"/>).</exception>
    public ImageDataset(string name, byte[] pixels, int[] labels, int height, int width, int channels, ImmutableArray<string> classNames)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(channels);
        if (pixels.LongLength != (long)labels.Length * height * width * channels)
            throw new ArgumentException($"Expected {labels.Length} × {height} × {width} × {channels} bytes, found {pixels.Length}.", nameof(pixels));

        var stray = labels.AsSpan().IndexOfAnyExceptInRange(0, classNames.Length - 1);
        if (stray >= 0)
        {
            throw new ToolchainException(ErrorKind.BadInput,
                $"Data set {name}: image {stray} has label {labels[stray]}, but its {classNames.Length} classes are numbered 0 to {classNames.Length - 1}. Correct the label, or name the missing class.");
        }

        (Name, Height, Width, Channels, ClassNames) = (name, height, width, channels, classNames);
        (_pixels, _labels) = (pixels, labels);
        _contentHash = new(ComputeHash);
    }

    /// <summary>How messages refer to it.</summary>
    public string Name { get; }

    /// <summary>Number of images, N.</summary>
    public int Count => _labels.Length;

    /// <summary>Height of every image, in pixels.</summary>
    public int Height { get; }

    /// <summary>Width of every image, in pixels.</summary>
    public int Width { get; }

    /// <summary>1 for grey, 3 for RGB.</summary>
    public int Channels { get; }

    /// <summary>What each class number means.</summary>
    public ImmutableArray<string> ClassNames { get; }

    /// <summary>Bytes of one image: H · W · C.</summary>
    public int ImageBytes => Height * Width * Channels;

    /// <summary>All images, <c>uint8 [N, H, W, C]</c>.</summary>
    public ReadOnlyMemory<byte> Pixels => _pixels;

    /// <summary>The class number of every image.</summary>
    public ReadOnlySpan<int> Labels => _labels;

    /// <summary>
    /// SHA-256 in lower-case hexadecimal over N, H, W, C (int32 each), the pixels, and the labels (int32 each), integers little-endian.
    /// Computed when first asked for.
    /// </summary>
    public string ContentHash => _contentHash.Value;

    /// <summary>One image, <c>uint8 [H, W, C]</c>.</summary>
    public ReadOnlySpan<byte> Image(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return _pixels.AsSpan((int)((long)index * ImageBytes), ImageBytes);
    }

    private string ComputeHash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        AppendIntegers(hash, [Count, Height, Width, Channels]);
        hash.AppendData(_pixels);
        AppendIntegers(hash, _labels);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void AppendIntegers(IncrementalHash hash, ReadOnlySpan<int> values)
    {
        var bytes = new byte[values.Length * sizeof(int)];
        for (var i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(i * sizeof(int)), values[i]);
        hash.AppendData(bytes);
    }
}
