using System.Buffers;
using System.Security.Cryptography;

namespace Toolchain.Data;

/// <summary>Rows that are resized when they are read, as <see cref="ImageResize"/> does it.</summary>
/// <param name="rows">The rows.</param>
/// <param name="from">Their shape.</param>
/// <param name="to">The shape that they get, with as many channels.</param>
internal sealed class ResizedRows(PixelRows rows, PixelShape from, PixelShape to) : PixelRows(rows.Count, to.Length)
{
    public override bool IsIdentified => rows.IsIdentified;

    public override void AppendTo(IncrementalHash hash, int row)
    {
        if (IsIdentified)
            rows.AppendTo(hash, row);
        else
            base.AppendTo(hash, row);
    }

    protected override void Fill(int row, Span<byte> pixels)
    {
        var whole = ArrayPool<byte>.Shared.Rent(rows.Length);
        try
        {
            rows.Read(row, whole.AsSpan(0, rows.Length));
            ImageResize.Together(whole.AsSpan(0, rows.Length), pixels, from, to);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(whole);
        }
    }
}
