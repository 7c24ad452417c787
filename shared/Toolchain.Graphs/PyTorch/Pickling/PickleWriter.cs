using System.Text;

namespace Toolchain.Graphs.PyTorch.Pickling;

/// <summary>Writes a pickle of protocol 2 with the instructions that PyTorch's <c>weights_only</c> loader takes.</summary>
internal sealed class PickleWriter : IDisposable
{
    private const byte Protocol = 2;

    private readonly MemoryStream _buffer = new();
    private readonly BinaryWriter _writer;
    private readonly Dictionary<string, int> _memo = new(StringComparer.Ordinal);

    internal PickleWriter()
    {
        _writer = new(_buffer);
        Op(PickleOpcode.Proto);
        _writer.Write(Protocol);
    }

    internal void Op(PickleOpcode opcode) => _writer.Write((byte)opcode);

    /// <summary>A name of Python's; written out the first time, and referred to later.</summary>
    internal void Global(string module, string name) => Once($"{module}\n{name}\n", text =>
    {
        Op(PickleOpcode.Global);
        _writer.Write(Encoding.ASCII.GetBytes(text));
    });

    /// <summary>An empty <c>collections.OrderedDict</c>.</summary>
    internal void NewOrderedDict()
    {
        Global("collections", "OrderedDict");
        Op(PickleOpcode.EmptyTuple);
        Op(PickleOpcode.Reduce);
    }

    internal void Text(string text) => Once(text, value =>
    {
        var bytes = Encoding.UTF8.GetBytes(value);
        Op(PickleOpcode.BinUnicode);
        _writer.Write(bytes.Length);
        _writer.Write(bytes);
    });

    internal void Number(long number)
    {
        if (number is >= 0 and <= byte.MaxValue)
        {
            Op(PickleOpcode.BinInt1);
            _writer.Write((byte)number);
        }
        else if (number is >= int.MinValue and <= int.MaxValue)
        {
            Op(PickleOpcode.BinInt);
            _writer.Write((int)number);
        }
        else
        {
            Op(PickleOpcode.Long1);
            _writer.Write((byte)sizeof(long));
            _writer.Write(number);
        }
    }

    /// <summary>A tuple of whole numbers.</summary>
    internal void Numbers(EquatableArray<long> numbers)
    {
        Op(PickleOpcode.Mark);
        foreach (var number in numbers)
        {
            Number(number);
        }

        Op(PickleOpcode.Tuple);
    }

    /// <summary>The pickle; nothing can be added after it.</summary>
    internal byte[] Finish()
    {
        Op(PickleOpcode.Stop);
        _writer.Flush();
        return _buffer.ToArray();
    }

    public void Dispose() => _writer.Dispose();

    private void Once(string text, Action<string> write)
    {
        if (_memo.TryGetValue(text, out var index))
        {
            Op(PickleOpcode.LongBinGet);
            _writer.Write(index);
            return;
        }

        write(text);
        _memo.Add(text, _memo.Count);
        Op(PickleOpcode.LongBinPut);
        _writer.Write(_memo.Count - 1);
    }
}
