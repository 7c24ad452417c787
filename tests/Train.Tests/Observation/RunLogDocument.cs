using System.ComponentModel;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Toolchain.Train.Observation;

namespace Toolchain.Train.Tests.Observation;

/// <summary>Makes <c>train/log.md</c> of the descriptions of the log's lines.</summary>
internal static class RunLogDocument
{
    private const string Introduction = """
        # The log of a run

        `runs/<run>/log.jsonl` has one JSON object a line; this is version 1 of the format. Every line is written at once, so the file can be read while the
        run goes on, and a killed process leaves at worst a last line that is not whole; readers leave that one out, and lines of kinds they do not know.
        `kind` is the first field of every line. Losses are means per sample, times are seconds, sizes are bytes.

        """;

    public static string Text()
    {
        var text = new StringBuilder(Introduction.ReplaceLineEndings("\n")).Append('\n');
        foreach (var (kind, type) in RunLogFormat.Kinds)
        {
            text.Append($"## `{kind}`\n\n{Description(type)}\n\n| field | type | meaning |\n|---|---|---|\n");
            foreach (var property in Fields(type))
            {
                text.Append($"| `{Name(property)}` | {Kind(property)} | {Description(property)} |\n");
            }

            text.Append('\n');
        }

        text.Append("## Signs\n\nWhat `sign` of a `finding` can be:\n\n| sign | meaning |\n|---|---|\n");
        foreach (var sign in Diagnosis.Signs)
        {
            text.Append($"| `{sign.Name}` | {sign.Summary} |\n");
        }

        return text.ToString();
    }

    /// <summary>The fields of a kind in the order in which they are written.</summary>
    public static IEnumerable<PropertyInfo> Fields(Type type) => type.GetProperties()
        .OrderBy(static p => p.GetCustomAttribute<JsonPropertyOrderAttribute>()?.Order ?? 0).ThenBy(static p => p.MetadataToken);

    public static string Name(PropertyInfo property) => JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name);

    private static string Description(MemberInfo member) =>
        member.GetCustomAttribute<DescriptionAttribute>()?.Description ?? throw new InvalidOperationException($"{member.DeclaringType?.Name}.{member.Name} has no description.");

    private static string Kind(PropertyInfo property)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        var name = type switch
        {
            _ when type == typeof(double) => "number",
            _ when type == typeof(int) || type == typeof(long) => "integer",
            _ when type == typeof(bool) => "boolean",
            _ when type == typeof(string) || type == typeof(DateTimeOffset) => "string",
            _ when type == typeof(IReadOnlyList<string>) => "list of strings",
            _ when type == typeof(IReadOnlyDictionary<string, JsonElement>) => "object",
            _ => throw new InvalidOperationException($"{property.Name} is of a type without a name: {type}."),
        };
        var nullable = type != property.PropertyType || new NullabilityInfoContext().Create(property).ReadState == NullabilityState.Nullable;
        return nullable ? $"{name} or null" : name;
    }
}
