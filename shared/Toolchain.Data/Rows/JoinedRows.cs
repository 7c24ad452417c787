using System.Security.Cryptography;

namespace Toolchain.Data;

/// <summary>Rows and, after them, others of the same length; nothing is copied.</summary>
internal sealed class JoinedRows(PixelRows first, PixelRows second) : PixelRows(checked(first.Count + second.Count), first.Length)
{
    public override bool IsIdentified => first.IsIdentified && second.IsIdentified;

    public override ReadOnlySpan<byte> Row(int row) => row < first.Count ? first.Row(row) : second.Row(row - first.Count);

    public override void AppendTo(IncrementalHash hash, int row)
    {
        if (row < first.Count)
            first.AppendTo(hash, row);
        else
            second.AppendTo(hash, row - first.Count);
    }

    protected override void Fill(int row, Span<byte> pixels)
    {
        if (row < first.Count)
            first.Read(row, pixels);
        else
            second.Read(row - first.Count, pixels);
    }
}
