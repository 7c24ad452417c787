using System.Globalization;
using System.Text;
using Toolchain.Graphs.Files;
using Toolchain.Graphs.PyTorch.Pickling;
using Toolchain.Graphs.PyTorch.Zip;

namespace Toolchain.Graphs.PyTorch;

/// <summary>
/// The format since PyTorch 1.6 (torch/serialization.py, caffe2/serialize): one folder with the pickle <c>data.pkl</c>, the storages
/// <c>data/0</c>, <c>data/1</c>, …, <c>version</c> and, from 1.13 on, <c>byteorder</c>.
/// </summary>
internal sealed class ZipArchive : IArchive
{
    private const string Pickle = "/data.pkl";
    private const int NewestVersion = 10;

    private readonly ZipDirectory _directory;
    private readonly string _folder;

    private ZipArchive(ByteSource source, PyTorchReadLimits limits)
    {
        _directory = ZipDirectory.Read(source, limits);
        _folder = Folder();
        RequireUnderstood(source);
        var pickle = _directory.Find(_folder + Pickle)!;
        if (pickle.Length > limits.MaxPickleBytes)
        {
            throw Fail($"its {_folder}{Pickle} has {pickle.Length} bytes; at most {limits.MaxPickleBytes} are read");
        }

        _directory.RequireIntact(pickle);
        var input = new PickleInput(source.Window(pickle.Start, (int)pickle.Length), pickle.Start, limits.MaxTextBytes);
        Root = new PickleMachine(input, new StorageTable(), new ObjectBudget(limits.MaxObjects), limits).Run();
    }

    public object Root { get; }

    internal static ZipArchive Read(ByteSource source, PyTorchReadLimits limits) => new(source, limits);

    public long Locate(StorageReference storage)
    {
        var entry = _directory.Find($"{_folder}/data/{storage.Key}")
            ?? throw Fail($"storage {PickleValues.Quote(storage.Key)} has no entry '{_folder}/data/…'; the file is incomplete");
        if (entry.Length != storage.Bytes)
        {
            throw Fail($"storage {PickleValues.Quote(storage.Key)} has {storage.Elements} × {storage.Type.Display()}, {storage.Bytes} bytes, but its entry at byte {entry.Start} has {entry.Length}");
        }

        _directory.RequireIntact(entry);
        return entry.Start;
    }

    private string Folder()
    {
        var folders = _directory.Names.Where(static n => n.EndsWith(Pickle, StringComparison.Ordinal) && n.IndexOf('/', StringComparison.Ordinal) == n.Length - Pickle.Length)
            .Select(static n => n[..^Pickle.Length]).Take(2).ToArray();
        if (folders is not [var folder])
        {
            throw Fail(folders.Length == 0 ? "it is a zip archive without data.pkl, and so not one that torch.save wrote" : "it has more than one data.pkl");
        }

        return _directory.Find($"{folder}/constants.pkl") is null
            ? folder
            : throw Fail("it is a TorchScript program (torch.jit.save); load it in Python with torch.jit.load and save its weights: torch.save(model.state_dict(), 'weights.pth')");
    }

    private void RequireUnderstood(ByteSource source)
    {
        var version = SmallText(source, "version") ?? throw Fail("it has no entry 'version'; the file is incomplete");
        if (!int.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < 1 or > NewestVersion)
        {
            throw Fail($"it has the format version {PickleValues.Quote(version)}; 1 to {NewestVersion} are read");
        }

        if (SmallText(source, "byteorder") is { } order and not "little")
        {
            throw Fail($"its byte order is {PickleValues.Quote(order)}; files of little-endian machines are read. Save it again on such a machine");
        }
    }

    private string? SmallText(ByteSource source, string name) => _directory.Find($"{_folder}/{name}") is { } entry
        ? Encoding.ASCII.GetString(source.Span(entry.Start, (int)Math.Min(entry.Length, 16))).Trim()
        : null;

    private static ToolchainException Fail(string problem) => new(ErrorKind.BadInput, $"{problem}.");
}
