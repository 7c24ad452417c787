using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Toolchain.Train.Observation;

/// <summary>How lines of the log are written: JSON with names in snake case; a number that is none is null.</summary>
internal static class RunLogFormat
{
    /// <summary>The version of the format.</summary>
    public const int Version = 1;

    /// <summary>The field that says which kind of line it is; the first of every line.</summary>
    public const string Kind = "kind";

    /// <summary>The kinds of lines.</summary>
    public static IReadOnlyDictionary<string, Type> Kinds { get; } = typeof(RunLogLine).GetCustomAttributes<JsonDerivedTypeAttribute>()
        .ToDictionary(static k => (string)k.TypeDiscriminator!, static k => k.DerivedType, StringComparer.Ordinal);

    /// <summary>The JSON of a line.</summary>
    public static JsonSerializerOptions Json { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        AllowOutOfOrderMetadataProperties = true,
        Converters = { new Finite() },
    };

    // JSON has no NaN and no infinity.
    private sealed class Finite : JsonConverter<double>
    {
        public override bool HandleNull => true;

        public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.Null ? double.NaN : reader.GetDouble();

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
        {
            if (double.IsFinite(value))
            {
                writer.WriteNumberValue(value);
            }
            else
            {
                writer.WriteNullValue();
            }
        }
    }
}
