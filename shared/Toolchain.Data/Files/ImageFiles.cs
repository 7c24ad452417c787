using System.Security.Cryptography;

namespace Toolchain.Data;

/// <summary>Image files of every format that <see cref="ImageDecoder"/> knows, recognised by their content.</summary>
internal sealed class ImageFiles : SampleFormat
{
    public static ImageFiles Format { get; } = new();

    public override string Rule => $"image files, libvips {VipsLibrary.Version}";

    public override SampleFile Inspect(SamplePath path)
    {
        using var file = RentedFile.Read(path.Path);
        var header = ImageDecoder.Read(file.Bytes);

        // Two bands are grey with transparency, four are colour with it.
        return new(path.Path, path.Name, SHA256.HashData(file.Bytes), new(header.Height, header.Width, header.Bands <= 2 ? 1 : 3), Rows: 1);
    }

    public override SampleReader Open(SampleFile file, PixelShape shape) => new Reader(file, shape);

    private sealed class Reader(SampleFile file, PixelShape shape) : SampleReader
    {
        public override void Read(int row, Span<byte> pixels)
        {
            using var bytes = RentedFile.Read(file.Path);
            ImageDecoder.Decode(bytes.Bytes, pixels, shape.Channels, shape.Height, shape.Width);
        }
    }
}
