using System.Numerics;

namespace Toolchain.Graphs.PyTorch.Pickling;

/// <summary>
/// Reads a pickle of protocols 2 to 5 with the instructions that tensors and containers need. Pickles are programs; this machine has no
/// instruction that runs anything: a name that is not an <see cref="AllowedGlobal"/> ends the reading, and so does every other way to an object.
/// </summary>
/// <param name="input">The pickle.</param>
/// <param name="storages">What persistent ids refer to; null where none may stand.</param>
/// <param name="budget">Counts what is made.</param>
/// <param name="limits">What to take at most.</param>
internal sealed class PickleMachine(PickleInput input, StorageTable? storages, ObjectBudget budget, PyTorchReadLimits limits)
{
    private const int NewestProtocol = 5;

    private static readonly object True = true;
    private static readonly object False = false;

    private readonly List<object> _stack = [];
    private readonly List<int> _marks = [];
    private readonly Dictionary<uint, object> _memo = [];

    /// <summary>The object that the pickle describes.</summary>
    internal object Run()
    {
        if (input.Instruction() != PickleOpcode.Proto)
        {
            throw input.Fail("a pickle of protocol 2 or newer was expected here");
        }

        if (input.Byte() is var protocol and (< 2 or > NewestProtocol))
        {
            throw input.Fail($"the pickle has protocol {protocol}; 2 to {NewestProtocol} are read");
        }

        while (input.Instruction() is var opcode && opcode != PickleOpcode.Stop)
        {
            Step(opcode);
        }

        return _stack.Count == 1 && _marks.Count == 0 ? Pop() : throw input.Fail($"the pickle ends with {_stack.Count} objects instead of one");
    }

    private void Step(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.Frame:
                // Frames only help to read from a stream in larger pieces.
                input.Take(8);
                break;
            case PickleOpcode.Mark:
                Mark();
                break;
            case PickleOpcode.BinPut:
                Remember(input.Byte());
                break;
            case PickleOpcode.LongBinPut:
                Remember(input.UInt32());
                break;
            case PickleOpcode.Memoize:
                Remember((uint)_memo.Count);
                break;
            case PickleOpcode.Append:
                AddItems([Pop()]);
                break;
            case PickleOpcode.Appends:
                AddItems(PopToMark());
                break;
            case PickleOpcode.SetItem:
                var value = Pop();
                SetItems([Pop(), value]);
                break;
            case PickleOpcode.SetItems:
                SetItems(PopToMark());
                break;
            case PickleOpcode.Build:
                Build();
                break;
            case PickleOpcode.None:
                Push(PickleNone.Instance);
                break;
            case PickleOpcode.NewTrue:
                Push(True);
                break;
            case PickleOpcode.NewFalse:
                Push(False);
                break;
            case PickleOpcode.BinGet:
                Push(Recall(input.Byte()));
                break;
            case PickleOpcode.LongBinGet:
                Push(Recall(input.UInt32()));
                break;
            default:
                budget.Spend(input);
                Push(NewValue(opcode));
                break;
        }
    }

    private object NewValue(PickleOpcode opcode) => opcode switch
    {
        PickleOpcode.BinInt => (long)input.Int32(),
        PickleOpcode.BinInt1 => (long)input.Byte(),
        PickleOpcode.BinInt2 => (long)input.UInt16(),
        PickleOpcode.Long1 => new BigInteger(input.Take(input.Byte())) is var number && number >= long.MinValue && number <= long.MaxValue ? (long)number : (object)number,
        PickleOpcode.BinFloat => input.Double(),
        PickleOpcode.ShortBinUnicode or PickleOpcode.ShortBinString => input.Text(input.Byte()),
        PickleOpcode.BinUnicode or PickleOpcode.BinString => input.Text(input.UInt32()),
        PickleOpcode.BinUnicode8 => input.Text(input.UInt64()),
        PickleOpcode.ShortBinBytes => Bytes(input.Byte()),
        PickleOpcode.BinBytes => Bytes(input.UInt32()),
        PickleOpcode.BinBytes8 => Bytes(input.UInt64()),
        PickleOpcode.EmptyTuple => new PickleTuple([]),
        PickleOpcode.Tuple1 => new PickleTuple([Pop()]),
        PickleOpcode.Tuple2 => new PickleTuple(Pop(2)),
        PickleOpcode.Tuple3 => new PickleTuple(Pop(3)),
        PickleOpcode.Tuple => new PickleTuple(PopToMark()),
        PickleOpcode.EmptyList => new PickleList(),
        PickleOpcode.EmptyDict => new PickleDict(isOrdered: false),
        PickleOpcode.Global => Global(input.Line(), input.Line()),
        PickleOpcode.StackGlobal => StackGlobal(),
        PickleOpcode.BinPersId => (storages ?? throw input.Fail("a reference to a storage stands where none can be")).Load(Pop(), input),
        PickleOpcode.Reduce => Reduce(),
        _ => throw Refuse(opcode),
    };

    private AllowedGlobal Global(string module, string name) =>
        AllowedGlobal.Find(module, name) ?? throw input.Fail(Refusals.Of($"{module}.{name}"));

    private AllowedGlobal StackGlobal()
    {
        var name = Pop();
        return Pop() is string module && name is string text ? Global(module, text) : throw input.Fail("a name is not text");
    }

    private object Reduce()
    {
        var arguments = Pop() as PickleTuple ?? throw input.Fail("arguments are not a tuple");
        return Pop() switch
        {
            AllowedGlobal.OrderedDict when arguments.Items is [] => new PickleDict(isOrdered: true),
            AllowedGlobal.OrderedDict when arguments.Items is [PickleList pairs] => Ordered(pairs),
            AllowedGlobal.RebuildTensor => TensorReference.Rebuild(arguments.Items, input, limits),
            AllowedGlobal.RebuildParameter when arguments.Items is [TensorReference tensor, _, _] => tensor,
            AllowedGlobal.Size when arguments.Items is [PickleTuple size] => size,
            AllowedGlobal global => throw input.Fail($"'{global.Name}' is applied to what it does not take"),
            var other => throw input.Fail($"{PickleValues.Describe(other)} is called as if it were a function"),
        };
    }

    // PyTorch before 1.0 under Python 2 wrote the items of an ordered dictionary as a list of pairs.
    private PickleDict Ordered(PickleList pairs)
    {
        var dictionary = new PickleDict(isOrdered: true);
        foreach (var pair in pairs.Items)
        {
            var (key, value) = pair switch
            {
                PickleTuple { Items: [var k, var v] } => (k, v),
                PickleList { Items: [var k, var v] } => (k, v),
                _ => throw input.Fail("an ordered dictionary is made from something else than pairs"),
            };
            budget.Spend(input);
            dictionary.Items.Add(new(key, value));
        }

        return dictionary;
    }

    // A state dict carries the versions of its modules as an attribute; it does not change what the tensors are.
    private void Build()
    {
        var state = Pop();
        if (Top() is not PickleDict { IsOrdered: true } || state is not PickleDict)
        {
            throw input.Fail($"{PickleValues.Describe(Top())} is given a state (BUILD, as __setstate__ would take it), which only an ordered dictionary may have");
        }
    }

    private void AddItems(object[] items)
    {
        if (Top() is not PickleList list)
        {
            throw input.Fail($"an item is added to {PickleValues.Describe(Top())}, which is not a list");
        }

        budget.Spend(input, items.Length);
        list.Items.AddRange(items);
    }

    private void SetItems(object[] items)
    {
        if (Top() is not PickleDict dictionary || items.Length % 2 != 0)
        {
            throw input.Fail($"{items.Length} keys and values are set in {PickleValues.Describe(Top())}");
        }

        budget.Spend(input, items.Length);
        for (var i = 0; i < items.Length; i += 2)
        {
            dictionary.Items.Add(new(items[i], items[i + 1]));
        }
    }

    private PickleOpaque Bytes(ulong count)
    {
        input.Take(count);
        return PickleOpaque.Instance;
    }

    private ToolchainException Refuse(PickleOpcode opcode) => opcode switch
    {
        PickleOpcode.Inst => input.Fail(Refusals.Of($"{input.Line()}.{input.Line()}")),
        PickleOpcode.Ext1 => input.Fail(Refusals.Of($"extension {input.Byte()}")),
        PickleOpcode.Ext2 => input.Fail(Refusals.Of($"extension {input.UInt16()}")),
        PickleOpcode.Ext4 => input.Fail(Refusals.Of($"extension {input.UInt32()}")),
        PickleOpcode.Obj or PickleOpcode.NewObj or PickleOpcode.NewObjEx => input.Fail(Refusals.Of($"a new object ({opcode.ToString().ToUpperInvariant()})")),
        _ => input.Fail(Enum.IsDefined(opcode)
            ? $"the pickle has the instruction {opcode.ToString().ToUpperInvariant()}, which no state dict needs"
            : $"the pickle has the unknown instruction 0x{(byte)opcode:X2}"),
    };

    private void Mark()
    {
        if (_marks.Count >= limits.MaxDepth)
        {
            throw input.Fail($"containers are nested more than {limits.MaxDepth} deep");
        }

        _marks.Add(_stack.Count);
    }

    private void Push(object value)
    {
        if (_stack.Count >= limits.MaxStack)
        {
            throw input.Fail($"more than {limits.MaxStack} objects are unfinished at a time");
        }

        _stack.Add(value);
    }

    private object Top() => _stack.Count > Floor ? _stack[^1] : throw Underflow();

    private object Pop()
    {
        var top = Top();
        _stack.RemoveAt(_stack.Count - 1);
        return top;
    }

    private object[] Pop(int count) => _stack.Count - Floor >= count ? PopFrom(_stack.Count - count) : throw Underflow();

    private object[] PopToMark()
    {
        if (_marks.Count == 0)
        {
            throw Underflow();
        }

        var from = Floor;
        _marks.RemoveAt(_marks.Count - 1);
        return PopFrom(from);
    }

    private object[] PopFrom(int index)
    {
        var items = _stack[index..].ToArray();
        _stack.RemoveRange(index, items.Length);
        return items;
    }

    // Objects below the last mark belong to a container that is not finished.
    private int Floor => _marks.Count == 0 ? 0 : _marks[^1];

    private ToolchainException Underflow() => input.Fail("the pickle uses an object that it has not made");

    private void Remember(uint index)
    {
        budget.Spend(input);
        _memo[index] = Top();
    }

    private object Recall(uint index) => _memo.TryGetValue(index, out var value) ? value : throw input.Fail($"the pickle refers to its object {index}, which it has not made");
}
