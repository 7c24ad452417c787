using System.Security.Cryptography;

namespace Toolchain.Data;

/// <summary>Some rows of others, in an order of their own; nothing is copied.</summary>
internal sealed class ChosenRows(PixelRows all, int[] chosen) : PixelRows(chosen.Length, all.Length)
{
    public override bool IsIdentified => all.IsIdentified;

    public override ReadOnlySpan<byte> Row(int row) => all.Row(chosen[row]);

    public override ChosenRows Subset(ReadOnlySpan<int> rows) => new(all, Samples.Gather(chosen, 1, rows));

    public override void AppendTo(IncrementalHash hash, int row) => all.AppendTo(hash, chosen[row]);

    protected override void Fill(int row, Span<byte> pixels) => all.Read(chosen[row], pixels);
}
