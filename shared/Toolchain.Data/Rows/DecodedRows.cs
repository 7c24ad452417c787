namespace Toolchain.Data;

/// <summary>Rows that are decoded from their files whenever they are read.</summary>
internal sealed class DecodedRows : PixelRows
{
    private readonly SampleFormat _format;
    private readonly IReadOnlyList<SampleFile> _files;
    private readonly int[] _first;
    private readonly PixelShape _shape;

    /// <param name="format">How files are decoded.</param>
    /// <param name="files">The files, whose samples follow each other.</param>
    /// <param name="shape">The shape to decode to.</param>
    public DecodedRows(SampleFormat format, IReadOnlyList<SampleFile> files, PixelShape shape)
        : base(files.Aggregate(0, (sum, file) => checked(sum + file.Rows)), shape.Length)
    {
        (_format, _files, _shape) = (format, files, shape);
        _first = new int[files.Count];
        for (var i = 1; i < files.Count; i++)
            _first[i] = _first[i - 1] + files[i - 1].Rows;
    }

    protected override void Fill(int row, Span<byte> pixels)
    {
        var found = Array.BinarySearch(_first, row);
        var number = found >= 0 ? found : ~found - 1;
        var file = _files[number];
        try
        {
            using var reader = _format.Open(file, _shape);
            reader.Read(row - _first[number], pixels);
        }
        catch (ToolchainException e) when (e.Kind == ErrorKind.BadInput)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"{file.Path}: {e.Message}", e);
        }
        catch (Exception e) when (FileFaults.IsUnreadable(e))
        {
            throw new ToolchainException(ErrorKind.BadInput, $"{file.Path}: it cannot be read: {e.Message}", e);
        }
    }
}
