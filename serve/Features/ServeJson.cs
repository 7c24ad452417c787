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
[JsonSerializable(typeof(InferRequestBody))]
[JsonSerializable(typeof(InferResponseBody))]
internal sealed partial class ServeJson : JsonSerializerContext;
