using System.Text.Json;

namespace Toolchain.Registry;

/// <summary>
/// The fields of a JSON object, each of which somebody must ask for: what is missing, has another type, or is not known is refused with its place. A
/// serializer's metadata of every type would be made at each start of a program, which costs more than the rest of reading.
/// </summary>
internal sealed class JsonFields
{
    private readonly JsonElement _json;
    private readonly string _place;
    private readonly List<string> _known = [];

    /// <summary>Reads an object.</summary>
    /// <param name="json">The object.</param>
    /// <param name="place">Where it stands, for messages; empty for the whole file.</param>
    /// <exception cref="JsonException">It is not an object.</exception>
    public JsonFields(JsonElement json, string place = "") =>
        (_json, _place) = (json.ValueKind == JsonValueKind.Object ? json : throw Wrong(place, "an object", json), place);

    /// <summary>A text.</summary>
    public string Text(string name) => Text(Required(name), Place(name));

    /// <summary>A text, or null where the field is null or absent.</summary>
    public string? OptionalText(string name) => Optional(name) is { } json ? Text(json, Place(name)) : null;

    /// <summary>A text, or another one where the field is absent.</summary>
    public string TextOr(string name, string absent) => Known(name) is { } json ? Text(json, Place(name)) : absent;

    /// <summary>A whole number of 32 bits.</summary>
    public int Int32(string name) => Int32(Required(name), Place(name));

    /// <summary>A whole number of 32 bits, or null where the field is null or absent.</summary>
    public int? OptionalInt32(string name) => Optional(name) is { } json ? Int32(json, Place(name)) : null;

    /// <summary>A whole number of 64 bits.</summary>
    public long Int64(string name) => Int64(Required(name), Place(name));

    /// <summary>A whole number of 64 bits, or null where the field is null or absent.</summary>
    public long? OptionalInt64(string name) => Optional(name) is { } json ? Int64(json, Place(name)) : null;

    /// <summary>A number, or null where the field is null or absent.</summary>
    public double? OptionalDouble(string name) => Optional(name) is { } json ? Double(json, Place(name)) : null;

    /// <summary>A number.</summary>
    public double Double(string name) => Double(Required(name), Place(name));

    /// <summary>Whether; false where the field is absent.</summary>
    public bool Flag(string name) => Known(name) is { } json && json.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Wrong(Place(name), "true or false", json),
    };

    /// <summary>A time in the form of ISO 8601.</summary>
    public DateTimeOffset Time(string name) => Required(name) is var json && json.ValueKind == JsonValueKind.String && json.TryGetDateTimeOffset(out var time) ? time : throw Wrong(Place(name), "a time (ISO 8601)", json);

    /// <summary>Numbers of 32 bits.</summary>
    public float[] Singles(string name)
    {
        var json = Required(name);
        var numbers = new float[json.ValueKind == JsonValueKind.Array ? json.GetArrayLength() : throw Wrong(Place(name), "a list", json)];
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = json[i].ValueKind == JsonValueKind.Number && json[i].TryGetSingle(out var number) && float.IsFinite(number) ? number : throw Wrong($"{Place(name)}[{i}]", "a number", json[i]);
        }

        return numbers;
    }

    /// <summary>Texts.</summary>
    public IReadOnlyList<string> Texts(string name) => List(name, Required(name), Text);

    /// <summary>Texts; none where the field is absent.</summary>
    public IReadOnlyList<string> OptionalTexts(string name) => Known(name) is { } json ? List(name, json, Text) : [];

    /// <summary>An object of a type.</summary>
    public T Object<T>(string name, Func<JsonFields, T> read) => Of(Required(name), Place(name), read);

    /// <summary>An object of a type, or null where the field is null or absent.</summary>
    public T? OptionalObject<T>(string name, Func<JsonFields, T> read)
        where T : class => Optional(name) is { } json ? Of(json, Place(name), read) : null;

    /// <summary>Objects of a type.</summary>
    public IReadOnlyList<T> Objects<T>(string name, Func<JsonFields, T> read)
        where T : class => List(name, Required(name), (json, place) => Of(json, place, read));

    /// <summary>An object whose field names are keys.</summary>
    public Dictionary<string, T> Map<T>(string name, Func<JsonFields, string, T> read) => Map(Place(name), Required(name), read);

    /// <summary>An object whose field names are keys, or null where the field is null or absent.</summary>
    public Dictionary<string, T>? OptionalMap<T>(string name, Func<JsonFields, string, T> read) => Optional(name) is { } json ? Map(Place(name), json, read) : null;

    /// <summary>Any value; it stays when the document is gone.</summary>
    public JsonElement Any(string name) => Required(name).Clone();

    /// <summary>Refuses a value that was read.</summary>
    public JsonException Refused(string name, string expected) => Wrong(Place(name), expected, Required(name));

    /// <summary>Reads all fields of an object as keys of one map.</summary>
    /// <exception cref="JsonException">A value is refused.</exception>
    public Dictionary<string, T> All<T>(Func<JsonFields, string, T> read)
    {
        var map = new Dictionary<string, T>(StringComparer.Ordinal);
        foreach (var field in _json.EnumerateObject())
        {
            map[field.Name] = read(this, field.Name);
        }

        return map;
    }

    /// <summary>Reads an object, and refuses fields that nobody asked for.</summary>
    /// <exception cref="JsonException">It is not an object, or a field is refused.</exception>
    public static T Of<T>(JsonElement json, string place, Func<JsonFields, T> read)
    {
        var fields = new JsonFields(json, place);
        var value = read(fields);
        foreach (var field in json.EnumerateObject())
        {
            if (!fields._known.Contains(field.Name))
            {
                throw new JsonException($"'{fields.Place(field.Name)}' is not known");
            }
        }

        return value;
    }

    private static Dictionary<string, T> Map<T>(string place, JsonElement json, Func<JsonFields, string, T> read) => new JsonFields(json, place).All(read);

    private static string Text(JsonElement json, string place) => json.ValueKind == JsonValueKind.String ? json.GetString()! : throw Wrong(place, "a text", json);

    private static int Int32(JsonElement json, string place) => json.ValueKind == JsonValueKind.Number && json.TryGetInt32(out var number) ? number : throw Wrong(place, "a whole number", json);

    private static long Int64(JsonElement json, string place) => json.ValueKind == JsonValueKind.Number && json.TryGetInt64(out var number) ? number : throw Wrong(place, "a whole number", json);

    private static double Double(JsonElement json, string place) => json.ValueKind == JsonValueKind.Number && json.TryGetDouble(out var number) && double.IsFinite(number) ? number : throw Wrong(place, "a number", json);

    private static JsonException Wrong(string place, string expected, JsonElement found)
    {
        var text = found.GetRawText();
        return new($"{(place.Length > 0 ? $"'{place}'" : "the file")} should be {expected}, and is {(text.Length <= 40 ? text : $"{text[..40]}…")}");
    }

    private List<T> List<T>(string name, JsonElement json, Func<JsonElement, string, T> read)
        where T : class
    {
        if (json.ValueKind != JsonValueKind.Array)
        {
            throw Wrong(Place(name), "a list", json);
        }

        var list = new List<T>();
        foreach (var element in json.EnumerateArray())
        {
            list.Add(read(element, $"{Place(name)}[{list.Count}]"));
        }

        return list;
    }

    private string Place(string name) => _place.Length > 0 ? $"{_place}.{name}" : name;

    private JsonElement Required(string name) => Known(name) ?? throw new JsonException($"'{Place(name)}' is missing");

    private JsonElement? Optional(string name) => Known(name) is { ValueKind: not JsonValueKind.Null } json ? json : null;

    private JsonElement? Known(string name)
    {
        _known.Add(name);
        return _json.TryGetProperty(name, out var json) ? json : null;
    }
}
