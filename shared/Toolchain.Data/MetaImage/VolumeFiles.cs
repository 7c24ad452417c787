using System.IO.Compression;
using System.Security.Cryptography;

namespace Toolchain.Data;

/// <summary>MetaImage volumes, one sample for each slice along the third axis (the axial one), as grey levels.</summary>
internal sealed class VolumeFiles : SampleFormat
{
    // Deflate never shrinks data further than this (a 258-byte match costs at least two bits).
    private const long LargestDeflateRatio = 1032;

    public static VolumeFiles Format { get; } = new();

    public override string Rule => $"MetaImage slices, {HounsfieldWindow.Lowest} to {HounsfieldWindow.Highest}, libvips {VipsLibrary.Version}";

    public override SampleFile Inspect(SamplePath path)
    {
        var header = MetaImageHeader.Read(path.Path);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        if (header.DataStart == 0)
            hash.AppendData(File.ReadAllBytes(path.Path));
        using var data = OpenData(path.Path, header);

        // Of local data the header is a part of the same file.
        data.Position = 0;
        var buffer = new byte[1 << 16];
        for (int read; (read = data.Read(buffer)) > 0;)
            hash.AppendData(buffer.AsSpan(0, read));
        return new(path.Path, path.Name, hash.GetHashAndReset(), new(header.Size[1], header.Size[0], 1), header.Size[2]);
    }

    public override FileStamp StampOf(string path)
    {
        var (header, data) = (FileStamp.Of(path), FileStamp.Of(Path.Combine(Path.GetDirectoryName(path)!, MetaImageHeader.Read(path).DataFile)));
        return new(header.Bytes + data.Bytes, Math.Max(header.Changed, data.Changed));
    }

    public override SampleReader Open(SampleFile file, PixelShape shape) => new Reader(file, shape);

    // A header is believed only as far as the data file's size allows.
    private static FileStream OpenData(string headerPath, MetaImageHeader header)
    {
        var path = Path.Combine(Path.GetDirectoryName(headerPath)!, header.DataFile);
        var info = new FileInfo(path);
        if (!info.Exists)
            throw new ToolchainException(ErrorKind.BadInput, $"its data file {header.DataFile} is missing");
        if (info.LinkTarget is not null && header.DataStart == 0)
            throw new ToolchainException(ErrorKind.BadInput, $"its data file {header.DataFile} is a link; put the file itself there");
        var stored = (FileInfo)(info.ResolveLinkTarget(returnFinalTarget: true) ?? info);
        var (length, place) = (stored.Length - header.DataStart, header.DataStart == 0 ? header.DataFile : $"{header.DataFile} behind its header");
        if (!header.Compressed && length != header.DataBytes)
            throw new ToolchainException(ErrorKind.BadInput, $"it announces {header.Announced}, but {place} has {length}");
        if (header.CompressedBytes is { } announced && length != announced)
            throw new ToolchainException(ErrorKind.BadInput, $"CompressedDataSize is {announced}, but {place} has {length} bytes");
        if (header.Compressed && header.DataBytes > length * LargestDeflateRatio)
            throw new ToolchainException(ErrorKind.BadInput, $"it announces {header.Announced}, more than the {length} bytes of {place} can hold");
        return new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete) { Position = header.DataStart };
    }

    private sealed class Reader(SampleFile file, PixelShape shape) : SampleReader
    {
        private MetaImageHeader? _header;
        private Stream? _data;
        private int _next;
        private byte[] _values = [];
        private byte[] _slice = [];

        public override void Read(int row, Span<byte> pixels)
        {
            if (_data is null || row < _next)
                Begin();
            Skip(row);
            Take();
            if (row == _header!.Size[2] - 1 && _data!.ReadByte() >= 0)
                throw new ToolchainException(ErrorKind.BadInput, $"it announces {_header.Announced}, but more follow in {_header.DataFile}");
            Show(pixels);
        }

        public override void Dispose()
        {
            _data?.Dispose();
            base.Dispose();
        }

        private void Begin()
        {
            _data?.Dispose();
            (_header, _next) = (MetaImageHeader.Read(file.Path), 0);
            var stored = OpenData(file.Path, _header);
            _data = _header.Compressed ? new ZLibStream(stored, CompressionMode.Decompress) : stored;
            (_values, _slice) = (new byte[_header.SliceBytes], new byte[_header.Size[0] * _header.Size[1]]);
        }

        private void Skip(int row)
        {
            if (!_header!.Compressed)
            {
                _data!.Position = _header.DataStart + ((long)row * _header.SliceBytes);
                _next = row;
            }

            while (_next < row)
                Take();
        }

        private void Take()
        {
            try
            {
                if (_data!.ReadAtLeast(_values, _values.Length, throwOnEndOfStream: false) < _values.Length)
                    throw new ToolchainException(ErrorKind.BadInput, $"it announces {_header!.Announced}, but {_header.DataFile} ends in slice {_next} of {_header.Size[2]}");
            }
            catch (InvalidDataException e)
            {
                throw new ToolchainException(ErrorKind.BadInput, $"the compressed data in {_header!.DataFile} is damaged in slice {_next} of {_header.Size[2]} ({e.Message.TrimEnd('.')})", e);
            }

            _next++;
        }

        private void Show(Span<byte> pixels)
        {
            HounsfieldWindow.Apply(_header!, _values, _slice);
            var own = new PixelShape(_header!.Size[1], _header.Size[0], 1);
            if (own == shape)
                _slice.CopyTo(pixels);
            else if (shape.Channels == 1)
                ImageResize.Together(_slice, pixels, own, shape);
            else
                InColour(own, pixels);
        }

        private void InColour(PixelShape own, Span<byte> pixels)
        {
            var grey = new byte[shape.Height * shape.Width];
            ImageResize.Together(_slice, grey, own, shape with { Channels = 1 });
            for (var i = 0; i < grey.Length; i++)
                pixels.Slice(3 * i, 3).Fill(grey[i]);
        }
    }
}
