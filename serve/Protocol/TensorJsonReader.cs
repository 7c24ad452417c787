using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Toolchain.Graphs;
using Toolchain.Serve.Http;

namespace Toolchain.Serve.Protocol;

/// <summary>Reads the array of a tensor's values: strict JSON, except that the words of numbers that are none may be bare.</summary>
/// <param name="json">From the first bracket to the last.</param>
/// <param name="input">The tensor's name, for messages.</param>
internal ref struct TensorJsonReader(ReadOnlySpan<byte> json, string input)
{
    private const int MaxShown = 40;
    private const int RunsApart = 16;
    private static readonly SearchValues<byte> Ends = SearchValues.Create(",] \t\r\n"u8);
    private readonly ReadOnlySpan<byte> _json = json;
    private Nesting _nesting = new(input);
    private int _at;
    private int _nextRun;

    // Nothing in JSON is a zero byte, so it stands for the end.
    private readonly byte Next => _at < _json.Length ? _json[_at] : (byte)0;

    /// <summary>Reads as many values as there is room for, and expects that there are no more.</summary>
    /// <exception cref="RequestException">It is not an array of such values (400).</exception>
    public void Read<T>(Span<T> values) where T : unmanaged
    {
        if (Next != (byte)'[')
        {
            throw Bad("expected an array");
        }

        var count = 0;
        do
        {
            var opened = Open();
            if (!opened || Next != (byte)']')
            {
                ReadValue(values, count++);
            }
        }
        while (GoesOn(values, ref count));

        SkipBlank();
        if (_at != _json.Length)
        {
            throw Bad($"expected nothing after its last bracket, found {Shown()}");
        }

        if (count < values.Length)
        {
            throw Mismatch(values.Length, count.ToString(CultureInfo.InvariantCulture));
        }
    }

    // Enters the arrays that begin here.
    private bool Open()
    {
        SkipBlank();
        var opened = Next == (byte)'[';
        while (Next == (byte)'[')
        {
            _at++;
            _nesting.Open();
            SkipBlank();
        }

        return opened;
    }

    // Leaves the arrays that end here; whether something follows. What can be read at once after a comma is read.
    private bool GoesOn<T>(Span<T> values, ref int count) where T : unmanaged
    {
        SkipBlank();
        while (Next == (byte)']')
        {
            _at++;
            if (!_nesting.Close())
            {
                return false;
            }

            SkipBlank();
        }

        if (Next != (byte)',')
        {
            throw Bad($"expected ',' or ']' after {count} values, found {Shown()}");
        }

        _at++;
        SkipBlank();
        if (count >= _nextRun && Next != (byte)'[')
        {
            var read = ReadRun(values[count..]);
            count += read;

            // Where no run begins there is most likely none nearby, as between numbers with fractions.
            _nextRun = read > 0 ? count : count + RunsApart;
        }

        return true;
    }

    private int ReadRun<T>(Span<T> values) where T : unmanaged
    {
        var read = ShortIntegers.Read(_json[_at..], values, out var length);
        if (read > 0)
        {
            _nesting.Values(read);
            _at += length;
        }

        return read;
    }

    private void ReadValue<T>(Span<T> values, int count) where T : unmanaged
    {
        if (count == values.Length)
        {
            throw Mismatch(values.Length, "more");
        }

        _nesting.Values(1);
        if (!TryGet(out values[count]))
        {
            throw Bad($"element {count} is {Shown()}, which is not a value of type {Datatypes.Name(ElementTypes.Of<T>())}");
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryGet<T>(out T value) where T : unmanaged
    {
        Unsafe.SkipInit(out value);
        if (typeof(T) == typeof(bool))
        {
            return (Unsafe.As<T, bool>(ref value) = Passes("true"u8)) || Passes("false"u8);
        }

        var length = JsonNumber.Scan(_json[_at..], out var number);
        if (length == 0 || !EndsAt(_at + length))
        {
            return TryGetWord(out value);
        }

        var text = _json.Slice(_at, length);
        var fits = typeof(T) == typeof(float) ? number.TryGet(text, out Unsafe.As<T, float>(ref value))
            : typeof(T) == typeof(double) ? number.TryGet(text, out Unsafe.As<T, double>(ref value))
            : number.TryGetWhole(text, out value);

        // What is refused stays in front, for the message.
        _at += fits ? length : 0;
        return fits;
    }

    private bool TryGetWord<T>(out T value) where T : unmanaged
    {
        Unsafe.SkipInit(out value);
        if (typeof(T) != typeof(float) && typeof(T) != typeof(double))
        {
            return false;
        }

        double? word = Passes("NaN"u8) || Passes("\"NaN\""u8) ? double.NaN
            : Passes("Infinity"u8) || Passes("\"Infinity\""u8) ? double.PositiveInfinity
            : Passes("-Infinity"u8) || Passes("\"-Infinity\""u8) ? double.NegativeInfinity
            : null;
        if (typeof(T) == typeof(float))
        {
            Unsafe.As<T, float>(ref value) = (float)word.GetValueOrDefault();
        }
        else
        {
            Unsafe.As<T, double>(ref value) = word.GetValueOrDefault();
        }

        return word is not null;
    }

    private bool Passes(ReadOnlySpan<byte> word)
    {
        if (!_json[_at..].StartsWith(word) || !EndsAt(_at + word.Length))
        {
            return false;
        }

        _at += word.Length;
        return true;
    }

    private readonly bool EndsAt(int place) => place >= _json.Length || _json[place] is (byte)',' or (byte)']' or (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t';

    private void SkipBlank()
    {
        if (Next <= (byte)' ')
        {
            _at += TensorJson.BlankAt(_json[_at..]);
        }
    }

    private readonly string Shown()
    {
        var rest = _json[_at..];
        switch (Next)
        {
            case 0:
                return "the end";
            case (byte)'{':
                return "an object";
            case (byte)'"':
                var text = rest[1..];
                return TensorJson.StringLength(text) is > 0 and <= MaxShown and var length ? $"'{Encoding.UTF8.GetString(text[..(length - 1)])}'" : "a long text";
            default:
                var end = rest.IndexOfAny(Ends) is var found and >= 0 ? found : rest.Length;
                return end <= MaxShown ? $"'{Encoding.UTF8.GetString(rest[..end])}'" : "a long text";
        }
    }

    private readonly RequestException Mismatch(int expected, string found) => Bad($"Shape does not match true shape of 'data' field: expected {expected} values, found {found}");

    private readonly RequestException Bad(string what) => RequestException.Bad($"Unable to parse 'data' of input '{input}': {what}.");

    /// <summary>Checks that nested arrays are rectangular: values at one depth, and arrays of one depth equally long.</summary>
    private struct Nesting(string input)
    {
        private const int MaxDepth = 64;
        private Lengths _lengths;
        private Lengths _counts;
        private int _depth = -1;
        private int _valueDepth = -1;

        public void Open()
        {
            if (_depth >= 0)
            {
                _counts[_depth]++;
            }

            _counts[++_depth < MaxDepth ? _depth : throw RequestException.Bad($"Unable to parse 'data' of input '{input}': it has more than {MaxDepth} arrays in one another.")] = 0;
        }

        // Whether it lay in another array.
        public bool Close()
        {
            if (_lengths[_depth] == 0)
            {
                _lengths[_depth] = _counts[_depth] + 1;
            }
            else if (_lengths[_depth] != _counts[_depth] + 1)
            {
                throw Ragged();
            }

            return --_depth >= 0;
        }

        public void Values(int count)
        {
            _counts[_depth] += count;
            if (_valueDepth != _depth)
            {
                _valueDepth = _valueDepth < 0 ? _depth : throw Ragged();
            }
        }

        private readonly RequestException Ragged() => RequestException.Bad($"Unable to parse 'data' of input '{input}': its nested arrays differ in length or depth.");

        // One more than the length of the arrays at a depth, so that 0 means not known yet.
        [InlineArray(MaxDepth)]
        private struct Lengths
        {
            private int _first;
        }
    }
}
