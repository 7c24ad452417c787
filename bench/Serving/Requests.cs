using System.Globalization;
using System.Text;

namespace Toolchain.Bench.Serving;

/// <summary>The same image in the forms in which it is sent.</summary>
internal static class Requests
{
    private const string JsonLength = "Inference-Header-Content-Length";

    /// <summary>The pixels and nothing else.</summary>
    public static byte[] Raw(string model, ReadOnlySpan<byte> pixels) => HttpConnection.Post(InferPath(model), "application/octet-stream", pixels, $"{JsonLength}: 0\r\n");

    /// <summary>A JSON part, then the pixels.</summary>
    public static byte[] Binary(string model, IReadOnlyList<int> dimensions, ReadOnlySpan<byte> pixels)
    {
        var json = Encoding.ASCII.GetBytes(Json(dimensions, string.Create(CultureInfo.InvariantCulture, $"\"parameters\":{{\"binary_data_size\":{pixels.Length}}}"), ",\"parameters\":{\"binary_data_output\":true}"));
        return HttpConnection.Post(InferPath(model), "application/octet-stream", [.. json, .. pixels], string.Create(CultureInfo.InvariantCulture, $"{JsonLength}: {json.Length}\r\n"));
    }

    /// <summary>The pixels as numbers in JSON.</summary>
    public static byte[] Json(string model, IReadOnlyList<int> dimensions, ReadOnlySpan<byte> pixels) => HttpConnection.Post(InferPath(model), "application/json", JsonBody(dimensions, pixels));

    /// <summary>The body of <see cref="Json(string, IReadOnlyList{int}, ReadOnlySpan{byte})"/>.</summary>
    public static byte[] JsonBody(IReadOnlyList<int> dimensions, ReadOnlySpan<byte> pixels) =>
        Encoding.ASCII.GetBytes(Json(dimensions, $"\"data\":[{string.Join(',', pixels.ToArray())}]", ""));

    /// <summary>A JPEG file, to be classified.</summary>
    public static byte[] Jpeg(string model, ReadOnlySpan<byte> file) => HttpConnection.Post($"/v1/models/{model}/classify", "image/jpeg", file);

    /// <summary>Where tensors are sent to.</summary>
    public static string InferPath(string model) => $"/v2/models/{model}/infer";

    private static string Json(IReadOnlyList<int> dimensions, string content, string rest) =>
        $$"""{"inputs":[{"name":"pixels","datatype":"UINT8","shape":[1,{{string.Join(',', dimensions)}}],{{content}}}]{{rest}}}""";
}
