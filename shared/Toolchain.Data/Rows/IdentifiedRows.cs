using System.Security.Cryptography;

namespace Toolchain.Data;

/// <summary>Rows whose content is known by a digest each, of the file that they come from.</summary>
/// <param name="rows">The rows.</param>
/// <param name="digests">SHA-256 of each row's origin, 32 bytes a row.</param>
internal sealed class IdentifiedRows(PixelRows rows, byte[] digests) : PixelRows(rows.Count, rows.Length)
{
    public override bool IsIdentified => true;

    public override ReadOnlySpan<byte> Row(int row) => rows.Row(row);

    public override void AppendTo(IncrementalHash hash, int row) => hash.AppendData(Samples.Row(digests, row, SHA256.HashSizeInBytes));

    protected override void Fill(int row, Span<byte> pixels) => rows.Read(row, pixels);
}
