using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Toolchain.Serve.Features;
using Toolchain.Serve.Http;

namespace Toolchain.Serve;

/// <summary>How bodies are read and written, made at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(ErrorBody))]
[JsonSerializable(typeof(ServerMetadata))]
[JsonSerializable(typeof(ServerLive))]
[JsonSerializable(typeof(ServerReady))]
[JsonSerializable(typeof(ModelReady))]
[JsonSerializable(typeof(ModelMetadata))]
[JsonSerializable(typeof(ModelList))]
[JsonSerializable(typeof(ModelCard))]
[JsonSerializable(typeof(Classification))]
[JsonSerializable(typeof(Classifications))]
[JsonSerializable(typeof(Segmentation))]
[JsonSerializable(typeof(ModelConfig))]
[JsonSerializable(typeof(StatisticsList))]
[JsonSerializable(typeof(IReadOnlyList<RepositoryEntry>))]
[JsonSerializable(typeof(RepositoryIndexBody))]
[JsonSerializable(typeof(RepositoryChangeBody))]
[JsonSerializable(typeof(InferRequestBody))]
[JsonSerializable(typeof(InferResponseBody))]
internal sealed partial class ServeJson : JsonSerializerContext
{
    /// <summary>Makes the web application's options write as these do, with text left readable: the bodies are never embedded in HTML.</summary>
    public static void Apply(JsonSerializerOptions options)
    {
        options.TypeInfoResolverChain.Insert(0, Default);
        (options.PropertyNamingPolicy, options.DefaultIgnoreCondition) = (JsonNamingPolicy.SnakeCaseLower, JsonIgnoreCondition.WhenWritingNull);
        (options.RespectNullableAnnotations, options.NumberHandling, options.Encoder) = (true, JsonNumberHandling.Strict, JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
    }
}
