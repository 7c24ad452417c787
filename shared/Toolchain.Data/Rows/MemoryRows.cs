using System.Security.Cryptography;

namespace Toolchain.Data;

/// <summary>Rows in one array, which may not change.</summary>
internal sealed class MemoryRows(byte[] pixels, int length) : PixelRows(CountOf(pixels, length), length)
{
    public override ReadOnlySpan<byte> Row(int row) => Samples.Row(pixels, row, Length);

    public override ReadOnlyMemory<byte> All() => pixels;

    public override MemoryRows Subset(ReadOnlySpan<int> rows) => new(Samples.Gather(pixels, Length, rows), Length);

    public override void AppendTo(IncrementalHash hash) => hash.AppendData(pixels);

    protected override void Fill(int row, Span<byte> pixels) => Row(row).CopyTo(pixels);

    private static int CountOf(byte[] pixels, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        return pixels.Length % length == 0 ? pixels.Length / length : throw new ArgumentException($"Expected a multiple of {length} values, found {pixels.Length}.", nameof(pixels));
    }
}
