using Toolchain.Serve.Http;
using Toolchain.Serve.Protocol;

namespace Toolchain.Serve.Grpc.Wire;

/// <summary>A <c>ModelInferRequest</c>: whom it is for, and the request itself.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Version">The version; null for the highest.</param>
/// <param name="Request">The request; its values lie in the message.</param>
/// <param name="TensorBytes">Bytes of all inputs together.</param>
internal readonly record struct InferMessage(string Model, string? Version, InferRequest Request, long TensorBytes);

/// <summary>Reads a <c>ModelInferRequest</c> in one pass over its bytes; tensors stay where they are.</summary>
internal ref struct InferMessageReader
{
    private const string InferParameter = "InferParameter";

    // Triton's clients ask for it in streams, where every answer of this server says whether it is the last one.
    private const string FinalResponse = "triton_enable_empty_final_response";
    private readonly PooledBytes _message;
    private readonly InferRequest _request = new() { BinaryOutputs = true };
    private readonly List<BodySlice> _raw = [];
    private readonly List<BodySlice?> _contents = [];
    private ProtoReader _reader;
    private string _model = "";
    private string? _version;

    private InferMessageReader(PooledBytes message)
    {
        _message = message;
        _reader = new(message.Span, "ModelInferRequest");
    }

    /// <summary>Reads a message.</summary>
    /// <param name="message">The message; values that do not lie there as tensors have them are appended to it.</param>
    /// <exception cref="RequestException">It is not one (400), or it asks for what this server does not have (501).</exception>
    /// <exception cref="GrpcException">There is no memory left for its values.</exception>
    public static InferMessage Read(PooledBytes message)
    {
        var reader = new InferMessageReader(message);
        reader.ReadRequest();
        return new(reader._model, reader._version, reader._request, reader.PlaceTensors());
    }

    private void ReadRequest()
    {
        while (_reader.Next())
        {
            switch (_reader.Field)
            {
                case 1:
                    _model = _reader.Text();
                    break;
                case 2:
                    _version = _reader.Text() is { Length: > 0 } version ? version : null;
                    break;
                case 3:
                    _request.Id = _reader.Text();
                    break;
                case 4:
                    if (ReadParameter(ref _reader) is var (name, value) && name != FinalResponse)
                    {
                        RequestParameters.Apply(_request, name, value);
                    }

                    break;
                case 5:
                    ReadInput(_reader.Message("InferInputTensor"));
                    break;
                case 6:
                    ReadOutput(_reader.Message("InferRequestedOutputTensor"));
                    break;
                case 7:
                    _raw.Add(_raw.Count < InferRequestReader.MaxInputs ? _reader.Bytes() : throw RequestException.Bad($"The request has more than {InferRequestReader.MaxInputs} raw_input_contents."));
                    break;
                default:
                    _reader.Skip();
                    break;
            }
        }

        // What binary_data_output says is for JSON: outputs are always raw here.
        _request.BinaryOutputs = true;
    }

    private readonly void ReadInput(ProtoReader reader)
    {
        var (name, datatype) = ("", "");
        BodySlice? contents = null;
        var (rank, unused) = (0, (long?)null);
        Span<long> shape = stackalloc long[InferRequestReader.MaxRank];
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    name = reader.Text();
                    break;
                case 2:
                    var word = reader.Utf8();
                    datatype = Datatypes.Known(word) ?? System.Text.Encoding.UTF8.GetString(word);
                    break;
                case 3:
                    ReadShape(ref reader, shape, ref rank);
                    break;
                case 4:
                    var (parameter, value) = ReadParameter(ref reader);
                    RequestParameters.ApplyToInput(parameter, value, ref unused);
                    break;
                case 5:
                    var part = reader.Bytes();
                    contents = part.Length == 0 ? contents : contents is null ? part : throw reader.Wrong("an input has its contents twice");
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        Add(new(name, datatype, shape[..rank].ToArray(), 0, 0, IsBinary: true), contents);
    }

    private readonly void Add(RequestInput input, BodySlice? contents)
    {
        foreach (var other in _request.Inputs)
        {
            if (other.Name == input.Name)
            {
                throw RequestException.Bad($"input '{input.Name}' already exists in request");
            }
        }

        if (_request.Inputs.Count == InferRequestReader.MaxInputs)
        {
            throw RequestException.Bad($"The request has more than {InferRequestReader.MaxInputs} inputs.");
        }

        _request.Inputs.Add(input);
        _contents.Add(contents);
    }

    private static void ReadShape(ref ProtoReader reader, scoped Span<long> shape, ref int rank)
    {
        if (reader.Type == WireType.Varint)
        {
            AddDimension(ref reader, shape, ref rank);
            return;
        }

        var packed = reader.Message("shape");
        while (!packed.IsAtEnd)
        {
            AddDimension(ref packed, shape, ref rank);
        }
    }

    private static void AddDimension(ref ProtoReader reader, scoped Span<long> shape, ref int rank) => shape[rank < shape.Length
        ? rank++
        : throw RequestException.Bad($"A shape has more than {InferRequestReader.MaxRank} dimensions.")] = (long)reader.Varint();

    private readonly void ReadOutput(ProtoReader reader)
    {
        var output = new RequestOutput("", true);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    output = output with { Name = reader.Text() };
                    break;
                case 2:
                    var (parameter, value) = ReadParameter(ref reader);
                    output = RequestParameters.ApplyToOutput(output, parameter, value);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        var outputs = _request.Outputs ??= [];
        foreach (var other in outputs)
        {
            if (other.Name == output.Name)
            {
                throw RequestException.Bad($"output '{output.Name}' is requested more than once");
            }
        }

        outputs.Add(outputs.Count < InferRequestReader.MaxOutputs ? output with { IsBinary = true } : throw RequestException.Bad($"The request has more than {InferRequestReader.MaxOutputs} outputs."));
    }

    // An entry of a map is a message of its key and its value; a value that is not there is its type's default.
    private static (string Name, ParameterValue Value) ReadParameter(ref ProtoReader reader)
    {
        var (name, value) = ("", new ParameterValue("nothing"));
        var entry = reader.Message("parameters");
        while (entry.Next())
        {
            switch (entry.Field)
            {
                case 1:
                    name = entry.Text();
                    break;
                case 2:
                    value = ReadValue(entry.Message(InferParameter));
                    break;
                default:
                    entry.Skip();
                    break;
            }
        }

        return (name, value);
    }

    private static ParameterValue ReadValue(ProtoReader reader)
    {
        var value = new ParameterValue("nothing");
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    value = new(reader.Integer() != 0);
                    break;
                case 2:
                    value = new(reader.Integer());
                    break;
                case 3:
                    value = new($"'{reader.Text()}'");
                    break;
                case 5:
                    value = reader.Integer() is >= 0 and var number ? new(number) : new("a number above 2^63 - 1");
                    break;
                case 4:
                    reader.Expect(WireType.Fixed64);
                    reader.Skip();
                    value = new("a fraction");
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return value;
    }

    private readonly long PlaceTensors()
    {
        var inputs = _request.Inputs;
        if (_raw.Count > 0 && _raw.Count != inputs.Count)
        {
            throw RequestException.Bad($"expected {inputs.Count} raw_input_contents, one for each input, but got {_raw.Count} for model '{_model}'");
        }

        var total = 0L;
        for (var i = 0; i < inputs.Count; i++)
        {
            inputs[i] = (_raw.Count > 0, _contents[i]) switch
            {
                (true, null) => inputs[i] with { Offset = _raw[i].Offset, Length = _raw[i].Length },
                (true, _) => throw RequestException.Bad($"contents field must not be specified when using raw_input_contents for '{inputs[i].Name}' for model '{_model}'"),
                (false, { } contents) => TypedContents.Place(inputs[i], contents, _message),
                (false, null) => inputs[i],
            };
            total += inputs[i].Length;
        }

        return total;
    }
}
