using System.Text;
using System.Text.Json;
using Toolchain.Serve.Http;

namespace Toolchain.Serve.Protocol;

/// <summary>
/// Reads the JSON part of an infer request in one pass. The values of tensors are not looked at: only where their array ends is found, and the
/// reader of the rest is given <c>null</c> in their place. So they are read once, by <see cref="TensorJson"/>, straight into the rows.
/// </summary>
internal ref struct InferRequestReader
{
    internal const int MaxInputs = 64;
    internal const int MaxOutputs = 64;
    internal const int MaxRank = 16;
    private readonly ReadOnlySpan<byte> _all;
    private Utf8JsonReader _json;

    // Where the text that the reader has begins.
    private int _base;

    private InferRequestReader(ReadOnlySpan<byte> json)
    {
        _all = json;
        _json = new(json);
    }

    /// <summary>The properties that the protocol has; an object has each at most once.</summary>
    [Flags]
    private enum Known
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

    private readonly long Position => _base + _json.BytesConsumed;

    /// <summary>Reads a request.</summary>
    /// <param name="json">The JSON part; binary data follows it in the body.</param>
    /// <exception cref="RequestException">It is not one; the message says where (400), or it asks for what this server does not have (501).</exception>
    public static InferRequest Read(ReadOnlySpan<byte> json)
    {
        var reader = new InferRequestReader(json);
        try
        {
            return reader.ReadRequest();
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException or FormatException)
        {
            throw RequestException.Bad($"The request is not JSON as the protocol has it, at byte {reader.Position}: {Reason(malformed)}.", malformed);
        }
    }

    private InferRequest ReadRequest()
    {
        var (request, seen) = (new InferRequest(), Known.None);
        _json.Read();
        Expect(JsonTokenType.StartObject, "the request");
        while (NextProperty())
        {
            if (Is("id"u8, Known.Id, ref seen))
            {
                request.Id = Text("id");
            }
            else if (Is("parameters"u8, Known.Parameters, ref seen))
            {
                ReadParameters(request);
            }
            else if (Is("inputs"u8, Known.Inputs, ref seen))
            {
                ReadInputs(request);
            }
            else if (Is("outputs"u8, Known.Outputs, ref seen))
            {
                ReadOutputs(request);
            }
            else
            {
                _json.Skip();
            }
        }

        // Whatever follows the object is refused by the reader.
        _json.Read();
        return (seen & Known.Inputs) != 0 ? request : throw RequestException.Bad("The request has no 'inputs'.");
    }

    private void ReadParameters(InferRequest request)
    {
        Expect(JsonTokenType.StartObject, "parameters");
        while (NextProperty())
        {
            var name = _json.GetString()!;
            RequestParameters.Apply(request, name, Value());
        }
    }

    private void ReadInputs(InferRequest request)
    {
        Expect(JsonTokenType.StartArray, "inputs");
        long binaryOffset = _all.Length;
        while (NextItem())
        {
            Expect(JsonTokenType.StartObject, "an input");
            var input = ReadInput(binaryOffset);
            foreach (var other in request.Inputs)
            {
                if (other.Name == input.Name)
                {
                    throw RequestException.Bad($"input '{input.Name}' already exists in request");
                }
            }

            if (request.Inputs.Count == MaxInputs)
            {
                throw RequestException.Bad($"The request has more than {MaxInputs} inputs.");
            }

            request.Inputs.Add(input);
            binaryOffset = input.IsBinary ? checked(binaryOffset + Math.Min(input.Length, int.MaxValue)) : binaryOffset;
        }
    }

    private RequestInput ReadInput(long binaryOffset)
    {
        string? name = null, datatype = null;
        long[]? shape = null;
        long? binarySize = null;
        var (data, seen) = (default(BodySlice), Known.None);
        while (NextProperty())
        {
            if (Is("name"u8, Known.Name, ref seen))
            {
                name = Text("an input's name");
            }
            else if (Is("datatype"u8, Known.Datatype, ref seen))
            {
                datatype = Datatype();
            }
            else if (Is("shape"u8, Known.Shape, ref seen))
            {
                shape = ReadShape();
            }
            else if (Is("parameters"u8, Known.Parameters, ref seen))
            {
                binarySize = ReadInputParameters();
            }
            else if (_json.ValueTextEquals("data"u8))
            {
                Once("data"u8, Known.Data, ref seen);
                data = PassValues();
            }
            else
            {
                _json.Skip();
            }
        }

        if (name is null || datatype is null || shape is null)
        {
            throw RequestException.Bad($"Input '{name}' needs 'name', 'datatype' and 'shape'.");
        }

        return ((seen & Known.Data) != 0, binarySize) switch
        {
            (true, null) => new(name, datatype, shape, data.Offset, data.Length, IsBinary: false),
            (false, { } size) => new(name, datatype, shape, binaryOffset, size, IsBinary: true),
            _ => throw RequestException.Bad($"Input '{name}' needs either 'data' or the parameter 'binary_data_size'."),
        };
    }

    private long? ReadInputParameters()
    {
        long? size = null;
        Expect(JsonTokenType.StartObject, "parameters");
        while (NextProperty())
        {
            var name = _json.GetString()!;
            RequestParameters.ApplyToInput(name, Value(), ref size);
        }

        return size;
    }

    private void ReadOutputs(InferRequest request)
    {
        Expect(JsonTokenType.StartArray, "outputs");
        request.Outputs = [];
        while (NextItem())
        {
            Expect(JsonTokenType.StartObject, "an output");
            var output = ReadOutput();
            foreach (var other in request.Outputs)
            {
                if (other.Name == output.Name)
                {
                    throw RequestException.Bad($"output '{output.Name}' is requested more than once");
                }
            }

            if (request.Outputs.Count == MaxOutputs)
            {
                throw RequestException.Bad($"The request has more than {MaxOutputs} outputs.");
            }

            request.Outputs.Add(output);
        }
    }

    private RequestOutput ReadOutput()
    {
        var (output, seen) = (new RequestOutput("", null), Known.None);
        while (NextProperty())
        {
            if (Is("name"u8, Known.Name, ref seen))
            {
                output = output with { Name = Text("an output's name") };
            }
            else if (Is("parameters"u8, Known.Parameters, ref seen))
            {
                Expect(JsonTokenType.StartObject, "parameters");
                while (NextProperty())
                {
                    var name = _json.GetString()!;
                    output = RequestParameters.ApplyToOutput(output, name, Value());
                }
            }
            else
            {
                _json.Skip();
            }
        }

        return (seen & Known.Name) != 0 ? output : throw RequestException.Bad("An output needs a 'name'.");
    }

    private long[] ReadShape()
    {
        Expect(JsonTokenType.StartArray, "shape");
        Span<long> dimensions = stackalloc long[MaxRank];
        var rank = 0;
        while (NextItem())
        {
            if (rank == MaxRank)
            {
                throw RequestException.Bad($"A shape has more than {MaxRank} dimensions.");
            }

            dimensions[rank++] = Scalar().Count("a dimension");
        }

        return dimensions[..rank].ToArray();
    }

    /// <summary>Goes past the value of <c>data</c>, and says where it is.</summary>
    private BodySlice PassValues()
    {
        // The reader has the colon behind it (RFC 8259, section 4).
        var start = (int)Position + TensorJson.BlankAt(_all[(int)Position..]);
        if (start == _all.Length || _all[start] != (byte)'[')
        {
            _json.Skip();
            return new(start, (int)Position - start);
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

    private bool NextProperty() => _json.Read() && _json.TokenType != JsonTokenType.EndObject;

    private bool NextItem() => _json.Read() && _json.TokenType != JsonTokenType.EndArray;

    // At a property's name; when it is this one, the reader goes on to its value.
    private bool Is(ReadOnlySpan<byte> name, Known property, ref Known seen)
    {
        if (!_json.ValueTextEquals(name))
        {
            return false;
        }

        Once(name, property, ref seen);
        return _json.Read();
    }

    private static void Once(ReadOnlySpan<byte> name, Known property, ref Known seen)
    {
        if ((seen & property) != 0)
        {
            throw RequestException.Bad($"The request has '{Encoding.UTF8.GetString(name)}' twice in one object.");
        }

        seen |= property;
    }

    private readonly void Expect(JsonTokenType type, string what)
    {
        if (_json.TokenType != type)
        {
            throw RequestException.Bad($"Expected {what} to be {(type == JsonTokenType.StartArray ? "an array" : "an object")}, found {Scalar()}.");
        }
    }

    private readonly string Text(string what) => _json.TokenType == JsonTokenType.String ? _json.GetString()! : throw RequestException.Bad($"Expected {what} to be a string, found {Scalar()}.");

    // The words of the protocol are there already.
    private readonly string Datatype()
    {
        if (_json.TokenType == JsonTokenType.String && !_json.ValueIsEscaped && Datatypes.Known(_json.ValueSpan) is { } known)
        {
            return known;
        }

        return Text("an input's datatype");
    }

    /// <summary>The value of the property whose name was read; the reader is behind it afterwards.</summary>
    private ParameterValue Value()
    {
        _json.Read();
        var value = Scalar();
        _json.Skip();
        return value;
    }

    private readonly ParameterValue Scalar() => _json.TokenType switch
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

    // What the reader says of places counts from where it began.
    private static string Reason(Exception malformed)
    {
        var place = malformed.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return (place < 0 ? malformed.Message : malformed.Message[..place]).TrimEnd('.');
    }
}
