using System.Text;
using System.Text.Json;
using Toolchain.Serve.Http;

namespace Toolchain.Serve.Protocol;

/// <summary>The properties that the protocol has in requests; an object has each at most once.</summary>
[Flags]
internal enum RequestProperties
{
    None = 0,
    Id = 1,
    Parameters = 2,
    Inputs = 4,
    Outputs = 8,
    Name = 16,
    Datatype = 32,
    Shape = 64,
    Data = 128,
}

/// <summary>
/// The JSON part of a request, token by token. The values of tensors are not looked at: only where their array ends is found, and the reader of
/// the rest is given <c>null</c> in their place.
/// </summary>
internal ref struct RequestJson
{
    private readonly ReadOnlySpan<byte> _all;
    private Utf8JsonReader _json;

    // Where the text that the reader has begins.
    private int _base;

    /// <summary>Begins before the first token.</summary>
    /// <param name="json">The JSON part.</param>
    public RequestJson(ReadOnlySpan<byte> json)
    {
        _all = json;
        _json = new(json);
    }

    /// <summary>Bytes of the JSON part.</summary>
    public readonly int Length => _all.Length;

    /// <summary>Bytes behind the last token that was read.</summary>
    public readonly long Position => _base + _json.BytesConsumed;

    /// <summary>Whether the value at hand is null, which in place of an optional one says that there is none.</summary>
    public readonly bool IsNull => _json.TokenType == JsonTokenType.Null;

    /// <summary>Goes to the next token; false at the end, and whatever follows it is refused.</summary>
    public bool Read() => _json.Read();

    /// <summary>Goes to the next property's name; false at the end of the object.</summary>
    public bool NextProperty() => _json.Read() && _json.TokenType != JsonTokenType.EndObject;

    /// <summary>Goes to the next item; false at the end of the array.</summary>
    public bool NextItem() => _json.Read() && _json.TokenType != JsonTokenType.EndArray;

    /// <summary>Goes past the value at hand, or past that of the property whose name was read.</summary>
    public void Skip() => _json.Skip();

    /// <summary>The property's name.</summary>
    public readonly string Name() => _json.GetString()!;

    /// <summary>Whether the property has this name; then the reader goes on to its value.</summary>
    /// <exception cref="RequestException">The object had it before (400).</exception>
    public bool Is(ReadOnlySpan<byte> name, RequestProperties property, ref RequestProperties seen)
    {
        if (!_json.ValueTextEquals(name))
        {
            return false;
        }

        Once(name, property, ref seen);
        return _json.Read();
    }

    /// <summary>Whether the property has this name, as <see cref="Is"/>; then the reader goes past its value.</summary>
    /// <param name="name">The name.</param>
    /// <param name="property">What it is.</param>
    /// <param name="seen">What the object had before.</param>
    /// <param name="values">Where the value is; nowhere when it is null.</param>
    /// <exception cref="RequestException">The object had it before, or its array does not end (400).</exception>
    public bool IsValues(ReadOnlySpan<byte> name, RequestProperties property, ref RequestProperties seen, ref BodySlice values)
    {
        if (!_json.ValueTextEquals(name))
        {
            return false;
        }

        Once(name, property, ref seen);
        values = PassValues();
        return true;
    }

    /// <summary>Refuses a token of another type.</summary>
    /// <exception cref="RequestException">It is of another type (400).</exception>
    public readonly void Expect(JsonTokenType type, string what)
    {
        if (_json.TokenType != type)
        {
            throw RequestException.Bad($"Expected {what} to be {(type == JsonTokenType.StartArray ? "an array" : "an object")}, found {Scalar()}.");
        }
    }

    /// <summary>The string at hand.</summary>
    /// <exception cref="RequestException">It is none (400).</exception>
    public readonly string Text(string what) => _json.TokenType == JsonTokenType.String ? _json.GetString()! : throw RequestException.Bad($"Expected {what} to be a string, found {Scalar()}.");

    /// <summary>The datatype at hand; the words of the protocol are there already.</summary>
    /// <exception cref="RequestException">It is no string (400).</exception>
    public readonly string Datatype() =>
        _json.TokenType == JsonTokenType.String && !_json.ValueIsEscaped && Datatypes.Known(_json.ValueSpan) is { } known ? known : Text("an input's datatype");

    /// <summary>The value of the property whose name was read; the reader is behind it afterwards.</summary>
    public ParameterValue Value()
    {
        _json.Read();
        var value = Scalar();
        _json.Skip();
        return value;
    }

    /// <summary>The token at hand as a value; of what is no parameter's value, its description.</summary>
    public readonly ParameterValue Scalar() => _json.TokenType switch
    {
        JsonTokenType.True => new(true),
        JsonTokenType.False => new(false),
        JsonTokenType.Number when _json.TryGetInt64(out var number) => new(number),
        JsonTokenType.Number => new(Encoding.UTF8.GetString(_json.ValueSpan)),
        JsonTokenType.StartArray => new("an array"),
        JsonTokenType.StartObject => new("an object"),
        JsonTokenType.String => new("a string"),
        JsonTokenType.Null => new("null"),
        var other => new(other.ToString()),
    };

    private static void Once(ReadOnlySpan<byte> name, RequestProperties property, ref RequestProperties seen)
    {
        if ((seen & property) != 0)
        {
            throw RequestException.Bad($"The request has '{Encoding.UTF8.GetString(name)}' twice in one object.");
        }

        seen |= property;
    }

    private BodySlice PassValues()
    {
        // The reader has the colon behind it (RFC 8259, section 4).
        var start = (int)Position + TensorJson.BlankAt(_all[(int)Position..]);
        if (start == _all.Length || _all[start] != (byte)'[')
        {
            _json.Skip();
            return IsNull ? default : new(start, (int)Position - start);
        }

        var length = TensorJson.ArrayLength(_all[start..]);
        if (length < 0)
        {
            throw RequestException.Bad($"The request is not JSON as the protocol has it: the array at byte {start} does not end.");
        }

        var standIn = new Utf8JsonReader("null"u8, isFinalBlock: false, _json.CurrentState);
        standIn.Read();
        _base = start + length;
        _json = new(_all[_base..], isFinalBlock: true, standIn.CurrentState);
        return new(start, length);
    }
}
