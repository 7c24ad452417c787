namespace Toolchain.Graphs;

/// <summary>Takes a node's attributes apart; an attribute that nobody asked for, or of the wrong type, is an error that names it.</summary>
internal sealed class AttributeReader(string node, string operatorType, IEnumerable<Attribute> attributes)
{
    private readonly Dictionary<string, AttributeValue> _values = attributes.ToDictionary(static a => a.Name, static a => a.Value, StringComparer.Ordinal);
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    internal bool Has(string name) => _values.ContainsKey(name);

    internal long Int(string name, long standard) => Get<AttributeValue.Int>(name, "an integer")?.Value ?? standard;

    internal long RequiredInt(string name) => Has(name) ? Int(name, 0) : throw Fail(name, "an integer", "nothing");

    internal bool Flag(string name, bool standard = false) => Int(name, standard ? 1 : 0) switch
    {
        0 => false,
        1 => true,
        var other => throw Fail(name, "0 or 1", $"{other}"),
    };

    internal float Float(string name, float standard) => Get<AttributeValue.Float>(name, "a float")?.Value ?? standard;

    internal string Text(string name, string standard) => Get<AttributeValue.Text>(name, "a string")?.Value ?? standard;

    internal EquatableArray<long> Ints(string name) => Get<AttributeValue.Ints>(name, "a list of integers")?.Value ?? [];

    internal EquatableArray<long> RequiredInts(string name) => Has(name) ? Ints(name) : throw Fail(name, "a list of integers", "nothing");

    internal EquatableArray<float> Floats(string name) => Get<AttributeValue.Floats>(name, "a list of floats")?.Value ?? [];

    internal TensorData? Tensor(string name) => Get<AttributeValue.Tensor>(name, "a tensor")?.Value;

    /// <summary>Refuses any value but the one that the toolchain implements.</summary>
    internal void Expect(string name, long only)
    {
        if (Int(name, only) is var found && found != only)
        {
            throw Fail(name, $"{only}", $"{found}");
        }
    }

    /// <summary>Complains of attributes that no reader asked for: what is not understood is never passed over.</summary>
    internal void Finish()
    {
        if (_values.Keys.Where(k => !_asked.Contains(k)).Order(StringComparer.Ordinal).ToArray() is { Length: > 0 } unknown)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"{operatorType} node '{node}': attribute {string.Join(", ", unknown.Select(static u => $"'{u}'"))} is not one that {operatorType} has.");
        }
    }

    internal ToolchainException Fail(string attribute, string expected, string found) =>
        new(ErrorKind.BadInput, $"{operatorType} node '{node}', attribute '{attribute}': expected {expected}, found {found}.");

    private T? Get<T>(string name, string expected) where T : AttributeValue
    {
        _asked.Add(name);
        return !_values.TryGetValue(name, out var value) ? null
            : value as T ?? throw Fail(name, expected, value.GetType().Name.ToLowerInvariant());
    }
}
