using System.Text.Json;
using Toolchain.Serve.Http;
using Toolchain.Serve.Models;

namespace Toolchain.Serve.Features;

/// <summary>The response to a request with one image: a <see cref="Classification"/>.</summary>
internal sealed class ClassificationResult(ServedModel model, ClassifiedImage image) : IResult
{
    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext) => ResponseBody.WriteJsonAsync(httpContext, this, static (writer, result) => result.Write(writer));

    /// <summary>Writes what every response of a model begins with.</summary>
    internal static void WriteModel(Utf8JsonWriter writer, ServedModel model)
    {
        writer.WriteString("model"u8, model.Name);
        writer.WriteNumber("version"u8, model.Version);
    }

    private void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        WriteModel(writer, model);
        image.Write(writer);
        writer.WriteEndObject();
    }
}

/// <summary>The response to a request with several images: <see cref="Classifications"/>.</summary>
/// <param name="model">The model.</param>
/// <param name="files">The files, in the order of the request.</param>
internal sealed class ClassificationsResult(ServedModel model, ClassifiedFile[] files) : IResult
{
    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext) => ResponseBody.WriteJsonAsync(httpContext, this, static (writer, result) => result.Write(writer));

    private void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        ClassificationResult.WriteModel(writer, model);
        writer.WriteStartArray("results"u8);
        foreach (var file in files)
        {
            writer.WriteStartObject();
            writer.WriteString("file"u8, file.Name);
            file.Image?.Write(writer);
            if (file.Refusal is { } refusal)
            {
                writer.WriteString("error"u8, refusal.Message);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
