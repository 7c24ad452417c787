namespace Toolchain.Data;

/// <summary>Turns the image around its centre by an angle of −d..d degrees, with bilinear interpolation; a mask with the nearest pixel.</summary>
/// <param name="Degrees">d, 0 to 180.</param>
public sealed record RandomRotation(double Degrees) : SampleTransform
{
    private protected override string Noun => "rotation";

    private protected override IEnumerable<string> NumberProblems() => Outside("angle", Degrees, 0, 180);

    internal override void Apply(in ImageSample sample, ref SeededRandom random)
    {
        var degrees = random.Between(-Degrees, Degrees);
        Turn(sample.Image, sample.Scratch, degrees);
        if (!sample.Mask.IsEmpty)
            TurnNearest(sample.MaskImage, sample.Scratch, degrees);
    }

    /// <summary>Turns a picture counter-clockwise.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="scratch">Room for a copy of it.</param>
    /// <param name="degrees">The angle.</param>
    internal static void Turn(PixelGrid image, Span<byte> scratch, double degrees)
    {
        image.Pixels.CopyTo(scratch);
        var source = new PixelGrid(scratch[..image.Pixels.Length], image.Height, image.Width, image.Channels, image.Fill);
        var inverse = new InverseTurn(image.Height, image.Width, degrees);
        for (var y = 0; y < image.Height; y++)
        {
            for (var x = 0; x < image.Width; x++)
                Blend(source, inverse.Row(y, x), inverse.Column(y, x), image.Pixels.Slice(((y * image.Width) + x) * image.Channels, image.Channels));
        }
    }

    internal static void TurnNearest(PixelGrid mask, Span<byte> scratch, double degrees)
    {
        mask.Pixels.CopyTo(scratch);
        var inverse = new InverseTurn(mask.Height, mask.Width, degrees);
        for (var y = 0; y < mask.Height; y++)
        {
            for (var x = 0; x < mask.Width; x++)
            {
                var (row, column) = ((int)MathF.Floor(inverse.Row(y, x) + 0.5f), (int)MathF.Floor(inverse.Column(y, x) + 0.5f));
                var inside = (uint)row < (uint)mask.Height && (uint)column < (uint)mask.Width;
                mask.Pixels[(y * mask.Width) + x] = inside ? scratch[(row * mask.Width) + column] : mask.Fill[0];
            }
        }
    }

    private static void Blend(PixelGrid source, float row, float column, Span<byte> pixel)
    {
        var (top, left) = ((int)MathF.Floor(row), (int)MathF.Floor(column));
        if (top < -1 || left < -1 || top >= source.Height || left >= source.Width)
        {
            source.Fill.CopyTo(pixel);
            return;
        }

        var (down, right) = (row - top, column - left);
        for (var channel = 0; channel < pixel.Length; channel++)
        {
            var upper = ((1 - right) * At(source, top, left, channel)) + (right * At(source, top, left + 1, channel));
            var lower = ((1 - right) * At(source, top + 1, left, channel)) + (right * At(source, top + 1, left + 1, channel));
            pixel[channel] = (byte)(((1 - down) * upper) + (down * lower) + 0.5f);
        }
    }

    private static byte At(PixelGrid source, int row, int column, int channel) => (uint)row < (uint)source.Height && (uint)column < (uint)source.Width
        ? source.Pixels[(((row * source.Width) + column) * source.Channels) + channel]
        : source.Fill[channel];

    /// <summary>Where each pixel of the turned picture was before.</summary>
    private readonly struct InverseTurn(int height, int width, double degrees)
    {
        private readonly float _sin = (float)Math.Sin(degrees * Math.PI / 180);
        private readonly float _cos = (float)Math.Cos(degrees * Math.PI / 180);
        private readonly float _middleRow = (height - 1) / 2f;
        private readonly float _middleColumn = (width - 1) / 2f;

        public float Row(int y, int x) => (_sin * (x - _middleColumn)) + (_cos * (y - _middleRow)) + _middleRow;

        public float Column(int y, int x) => (_cos * (x - _middleColumn)) - (_sin * (y - _middleRow)) + _middleColumn;
    }
}
