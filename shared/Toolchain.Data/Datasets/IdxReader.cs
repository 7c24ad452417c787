using System.Buffers.Binary;
using System.IO.Compression;

namespace Toolchain.Data;

/// <summary>The images of one IDX file.</summary>
/// <param name="Pixels"><c>uint8 [N, H, W]</c>, grey.</param>
/// <param name="Count">Number of images, N.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Width">Pixels.</param>
internal sealed record IdxImages(byte[] Pixels, int Count, int Height, int Width);

/// <summary>
/// Reads IDX files, plain or gzipped (the format of MNIST: two zero bytes, an element type, the number of dimensions, each dimension as a
/// big-endian 32-bit number, the elements). A header is believed only as far as the file's size allows, so it cannot make memory run out.
/// </summary>
internal static class IdxReader
{
    private const byte UnsignedByte = 0x08;

    // Deflate never shrinks data further than this (a 258-byte match costs at least two bits).
    private const long LargestDeflateRatio = 1032;

    public static IdxImages ReadImages(string path)
    {
        var (dimensions, elements) = Read(path, "images", rank: 3);
        return new(elements, dimensions[0], dimensions[1], dimensions[2]);
    }

    public static int[] ReadLabels(string path) => Array.ConvertAll(Read(path, "labels", rank: 1).Elements, label => (int)label);

    private static (int[] Dimensions, byte[] Elements) Read(string path, string what, int rank)
    {
        try
        {
            using var file = File.OpenRead(path);
            var gzipped = path.EndsWith(".gz", StringComparison.Ordinal);
            using Stream content = gzipped ? new GZipStream(file, CompressionMode.Decompress) : file;

            var dimensions = ReadHeader(content, path, what, rank);
            var expected = Elements(dimensions, path, what);
            var possible = gzipped ? file.Length * LargestDeflateRatio : file.Length;
            if (expected > possible)
                throw Truncated(path, what, dimensions, expected, Count(content));

            var elements = GC.AllocateUninitializedArray<byte>((int)expected);
            var found = Fill(content, elements, path, what);
            if (found < expected)
                throw Truncated(path, what, dimensions, expected, found);
            if (content.ReadByte() >= 0)
                throw Bad(path, what, $"its header announces {Product(dimensions)} = {expected} bytes, but more follow");
            return (dimensions, elements);
        }
        catch (InvalidDataException e)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"Reading the {what} in {path} failed: its gzip data is damaged ({e.Message.TrimEnd('.')}). Get the file again.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"Reading the {what} in {path} failed: {e.Message}", e);
        }
    }

    private static int[] ReadHeader(Stream content, string path, string what, int rank)
    {
        var header = new byte[4 + (4 * rank)];
        var found = Fill(content, header, path, what);
        if (found < header.Length)
            throw Bad(path, what, $"its header takes {header.Length} bytes, but the file ends after {found}");

        var (magic, wanted) = (BinaryPrimitives.ReadUInt32BigEndian(header), ((uint)UnsignedByte << 8) | (uint)rank);
        if (magic != wanted)
            throw Bad(path, what, $"it begins with 0x{magic:x8}, but an IDX file of {what} (unsigned bytes, {rank} dimension{(rank > 1 ? "s" : "")}) begins with 0x{wanted:x8}");

        var dimensions = new int[rank];
        for (var i = 0; i < rank; i++)
        {
            var size = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(4 + (4 * i)));
            dimensions[i] = size is > 0 and <= int.MaxValue ? (int)size
                : throw Bad(path, what, $"dimension {i} in its header is {size}; it must be between 1 and {int.MaxValue}");
        }

        return dimensions;
    }

    private static long Elements(int[] dimensions, string path, string what)
    {
        var product = dimensions.Aggregate(UInt128.One, (product, size) => product * (UInt128)size);
        return product <= (UInt128)Array.MaxLength ? (long)product
            : throw Bad(path, what, $"its header announces {Product(dimensions)} = {product} bytes, more than the {Array.MaxLength} that fit in memory at once");
    }

    /// <summary>Reads until the buffer is full or the stream ends, and gives the number of bytes read.</summary>
    private static int Fill(Stream content, Span<byte> buffer, string path, string what)
    {
        var found = 0;
        try
        {
            for (int read; found < buffer.Length && (read = content.Read(buffer[found..])) > 0;)
                found += read;
            return found;
        }
        catch (InvalidDataException e)
        {
            throw new ToolchainException(ErrorKind.BadInput,
                $"Reading the {what} in {path} failed: its gzip data is damaged or cut short; expected {buffer.Length} bytes here, found {found}. Get the file again.", e);
        }
    }

    private static long Count(Stream content)
    {
        var (buffer, total) = (new byte[64 * 1024], 0L);
        for (int read; (read = content.Read(buffer)) > 0;)
            total += read;
        return total;
    }

    private static ToolchainException Truncated(string path, string what, int[] dimensions, long expected, long found) =>
        Bad(path, what, $"its header announces {Product(dimensions)} = {expected} bytes, but {found} follow");

    private static string Product(int[] dimensions) => string.Join(" × ", dimensions);

    private static ToolchainException Bad(string path, string what, string fault) =>
        new(ErrorKind.BadInput, $"Reading the {what} in {path} failed: {fault}. Get the file again.");
}
