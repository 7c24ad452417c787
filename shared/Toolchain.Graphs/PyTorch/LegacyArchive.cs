using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using Toolchain.Graphs.Files;
using Toolchain.Graphs.PyTorch.Pickling;

namespace Toolchain.Graphs.PyTorch;

/// <summary>
/// The format before PyTorch 1.6 (torch/serialization.py, <c>_legacy_save</c>): pickles of a magic number, a version, facts about the machine, the
/// object and the list of storages, and then each storage's element count and numbers.
/// </summary>
internal sealed class LegacyArchive : IArchive
{
    private const long ProtocolVersion = 1001;
    private const int CountBytes = 8;

    private static readonly BigInteger MagicNumber = BigInteger.Parse("01950a86a20f9469cfc6c", NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private readonly ByteSource _source;
    private readonly PyTorchReadLimits _limits;
    private readonly ObjectBudget _budget;
    private readonly StorageTable _storages = new();
    private readonly Dictionary<string, long> _starts = new(StringComparer.Ordinal);
    private long _position;

    private LegacyArchive(ByteSource source, PyTorchReadLimits limits)
    {
        (_source, _limits, _budget) = (source, limits, new(limits.MaxObjects));
        if (!(Unpickle() is BigInteger magic && magic == MagicNumber))
        {
            throw Fail("it is a pickle, but not one that torch.save wrote; save the weights with torch.save(model.state_dict(), 'weights.pth')");
        }

        if (Unpickle() is not ProtocolVersion)
        {
            throw Fail($"its version is not {ProtocolVersion}, the only one that is known");
        }

        if (Unpickle() is not PickleDict machine || machine.Find("little_endian").FirstOrDefault() is not true)
        {
            throw Fail("it was not saved on a little-endian machine; save it again on such a machine");
        }

        Root = Unpickle(_storages);
        ReadStarts(Unpickle());
    }

    public object Root { get; }

    internal static LegacyArchive Read(ByteSource source, PyTorchReadLimits limits) => new(source, limits);

    public long Locate(StorageReference storage) => _starts.TryGetValue(storage.Key, out var start)
        ? start
        : throw Fail($"storage {PickleValues.Quote(storage.Key)} is missing");

    private object Unpickle(StorageTable? storages = null)
    {
        var window = _source.Window(_position, (int)Math.Min(_limits.MaxPickleBytes, _source.Length - _position));
        var input = new PickleInput(window, _position, _limits.MaxTextBytes);
        var value = new PickleMachine(input, storages, _budget, _limits).Run();
        _position = input.Position;
        return value;
    }

    private void ReadStarts(object keys)
    {
        if (keys is not PickleList { Items: var list })
        {
            throw Fail("the list of its storages is missing");
        }

        foreach (var item in list)
        {
            if (item is not string key || _storages.Find(key) is not { } storage || _starts.ContainsKey(key))
            {
                throw Fail("the list of its storages does not fit its tensors");
            }

            var count = _source.Length - _position >= CountBytes ? BinaryPrimitives.ReadInt64LittleEndian(_source.Span(_position, CountBytes)) : -1;
            if (count != storage.Elements || storage.Bytes > _source.Length - _position - CountBytes)
            {
                throw Fail($"storage {PickleValues.Quote(key)} should have {storage.Elements} × {storage.Type.Display()} from byte {_position} on, but the file has {_source.Length - _position} bytes there; it is cut off or damaged");
            }

            _starts.Add(key, _position + CountBytes);
            _position += CountBytes + storage.Bytes;
        }

        if (_position != _source.Length)
        {
            throw Fail($"something follows the last storage, which ends at byte {_position}");
        }
    }

    private static ToolchainException Fail(string problem) => new(ErrorKind.BadInput, $"{problem}.");
}
