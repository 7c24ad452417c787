using Microsoft.Net.Http.Headers;
using Toolchain.Runtime;
using Toolchain.Serve.Http;

namespace Toolchain.Serve.Features;

/// <summary>What the endpoints of images have in common: the types that they take, and how they describe a model that is for something else.</summary>
internal static class ImageBodies
{
    /// <summary>Whether the body is a form of files; otherwise it is one file, whatever type it says.</summary>
    /// <exception cref="RequestException">It wraps images in a way that is not taken (415).</exception>
    public static bool IsForm(HttpRequest request)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type))
        {
            return false;
        }

        return type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase) || (request.HasJsonContentType() || request.HasFormContentType ? throw NoImage(request) : false);
    }

    /// <summary>415, with what is taken.</summary>
    public static RequestException NoImage(HttpRequest request) => new(
        StatusCodes.Status415UnsupportedMediaType,
        $"A body of type '{request.ContentType}' is not an image. Send the file itself, for example with curl --data-binary @image.png -H 'Content-Type: image/png'.");

    /// <summary>Inputs or outputs for a message.</summary>
    public static string Tensors(EquatableArray<RowTensor> rows) =>
        string.Join(" and ", rows.Select(TensorMetadata.Of).Select(static t => $"'{t.Name}' {t.Datatype} [{string.Join(',', t.Shape)}]"));
}
