using System.Text.Json;

namespace Toolchain.Graphs.Safetensors;

/// <summary>One tensor as the header describes it; the data runs from <paramref name="Begin"/> up to <paramref name="End"/>, in bytes behind the header.</summary>
internal sealed record SafetensorsEntry(string Name, ElementType Type, EquatableArray<long> Dimensions, long Begin, long End);

/// <summary>Reads a header token by token; nothing in it decides how much memory is taken.</summary>
internal ref struct SafetensorsHeader(ReadOnlySpan<byte> json)
{
    private const string MetadataKey = "__metadata__";
    private const int MaxRank = 32;
    private const int FirstByte = 8;

    private Utf8JsonReader _json = new(json, new JsonReaderOptions { MaxDepth = 8 });

    internal List<SafetensorsEntry> Entries { get; } = [];

    internal SortedDictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

    internal void Read()
    {
        try
        {
            ReadTokens();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Text that is no UTF-8, or half of a surrogate pair, comes as an InvalidOperationException.
            throw new ToolchainException(ErrorKind.BadInput, $"the header is not valid JSON at byte {FirstByte + _json.BytesConsumed}: {e.Message}", e);
        }
    }

    private void ReadTokens()
    {
        Expect(JsonTokenType.StartObject, "the header", "an object");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (NextProperty("the header") is { } name)
        {
            if (!seen.Add(name))
            {
                throw Fail($"the name '{name}' stands twice");
            }

            if (name == MetadataKey)
            {
                ReadMetadata();
            }
            else
            {
                ReadTensor(name);
            }
        }

        if (_json.Read())
        {
            throw Fail("something follows the header's object");
        }
    }

    private void ReadMetadata()
    {
        Expect(JsonTokenType.StartObject, MetadataKey, "an object");
        while (NextProperty(MetadataKey) is { } key)
        {
            Expect(JsonTokenType.String, $"{MetadataKey}.{key}", "text");
            if (!Metadata.TryAdd(key, _json.GetString()!))
            {
                throw Fail($"the key '{key}' of {MetadataKey} stands twice");
            }
        }
    }

    private void ReadTensor(string name)
    {
        Expect(JsonTokenType.StartObject, $"'{name}'", "an object");
        var (type, shape, offsets) = (default(ElementType?), default(List<long>), default(List<long>));
        while (NextProperty($"'{name}'") is { } key)
        {
            switch (key)
            {
                case "dtype" when type is null:
                    Expect(JsonTokenType.String, $"'{name}'.dtype", "text");
                    type = SafetensorsTypes.Parse(_json.GetString()!) ?? throw Fail($"the tensor '{name}' has the type '{_json.GetString()}'; known are {SafetensorsTypes.All}");
                    break;
                case "shape" when shape is null:
                    shape = Numbers($"'{name}'.shape");
                    break;
                case "data_offsets" when offsets is null:
                    offsets = Numbers($"'{name}'.data_offsets");
                    break;
                default:
                    throw Fail($"the tensor '{name}' has the key '{key}'; expected dtype, shape and data_offsets, once each");
            }
        }

        if (type is null || shape is null || offsets is not { Count: 2 })
        {
            throw Fail($"the tensor '{name}' needs dtype, shape and data_offsets with two numbers");
        }

        Entries.Add(new(name, type.Value, shape.ToEquatableArray(), offsets[0], offsets[1]));
    }

    private List<long> Numbers(string what)
    {
        var numbers = new List<long>();
        Expect(JsonTokenType.StartArray, what, "a list of numbers");
        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
        {
            if (_json.TokenType != JsonTokenType.Number || !_json.TryGetInt64(out var number) || number < 0 || numbers.Count == MaxRank)
            {
                throw Fail($"{what} must be a list of at most {MaxRank} whole numbers from 0 to 2^63−1");
            }

            numbers.Add(number);
        }

        return numbers;
    }

    private string? NextProperty(string what) => _json.Read() && _json.TokenType == JsonTokenType.PropertyName ? _json.GetString()
        : _json.TokenType == JsonTokenType.EndObject ? null
        : throw Fail($"{what} is cut off");

    private void Expect(JsonTokenType type, string what, string expected)
    {
        if (!_json.Read() || _json.TokenType != type)
        {
            throw Fail($"{what} must be {expected}");
        }
    }

    private readonly ToolchainException Fail(string problem) => new(ErrorKind.BadInput, $"{problem} (byte {FirstByte + _json.TokenStartIndex}).");
}
