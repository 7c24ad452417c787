using System.Text;
using Microsoft.Net.Http.Headers;
using Toolchain.Serve.Protocol;

namespace Toolchain.Serve.Http;

/// <summary>A file of a multipart body.</summary>
/// <param name="Name">Its name as it was sent; the field's name when it has none of its own.</param>
/// <param name="Content">Where it is in the body.</param>
internal sealed record MultipartFile(string Name, BodySlice Content);

/// <summary>Finds the files of a <c>multipart/form-data</c> body that is in memory (RFC 2046, section 5.1; RFC 7578); nothing is copied.</summary>
internal static class MultipartBody
{
    private const int MaxFiles = 256;
    private const int MaxBoundary = 70;
    private const int MaxHeaders = 8 << 10;

    /// <summary>The files, in the order of the body; every part is one.</summary>
    /// <param name="body">The body.</param>
    /// <param name="contentType">Its type, which has the boundary.</param>
    /// <exception cref="RequestException">It is not such a body, has no files, or too many (400).</exception>
    public static List<MultipartFile> Files(ReadOnlySpan<byte> body, string? contentType)
    {
        // The line break before a boundary belongs to it.
        var delimiter = Encoding.ASCII.GetBytes("\r\n--" + Boundary(contentType));
        var files = new List<MultipartFile>();
        var at = body.StartsWith(delimiter.AsSpan(2)) ? delimiter.Length - 2 : After(body, 0, delimiter, files);
        while (!body[at..].StartsWith("--"u8))
        {
            if (files.Count == MaxFiles)
            {
                throw RequestException.Bad($"The multipart body has more than {MaxFiles} files. Send them in several requests.");
            }

            var content = Headers(body, at, files, out var name);
            at = After(body, content, delimiter, files);
            files.Add(new(name, new(content, at - delimiter.Length - content)));
        }

        return files.Count > 0 ? files : throw RequestException.Bad("The multipart body has no files. Send at least one, for example with curl -F file=@image.png.");
    }

    private static string Boundary(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type) && HeaderUtilities.RemoveQuotes(type.Boundary) is { Length: > 0 and <= MaxBoundary } boundary && Ascii.IsValid(boundary)
            ? boundary.ToString()
            : throw RequestException.Bad($"Content-Type '{contentType}' has no boundary of 1 to {MaxBoundary} characters.");

    // The place after the next boundary.
    private static int After(ReadOnlySpan<byte> body, int from, byte[] delimiter, List<MultipartFile> files) => body[from..].IndexOf(delimiter) is var place and >= 0
        ? from + place + delimiter.Length
        : throw Damaged(files, "no boundary follows: it is cut short, or is not as its Content-Type says");

    // The place of the content, behind the part's headers and their blank line.
    private static int Headers(ReadOnlySpan<byte> body, int at, List<MultipartFile> files, out string name)
    {
        var rest = body[at..];
        var line = rest.IndexOfAnyExcept((byte)' ', (byte)'\t') is var blank and >= 0 && rest[blank..].StartsWith("\r\n"u8) ? blank : throw Damaged(files, "its boundary has no line of its own");
        var headers = rest[line..Math.Min(rest.Length, line + MaxHeaders)];
        var end = headers.IndexOf("\r\n\r\n"u8) is var found and >= 0 ? found : throw Damaged(files, $"its headers do not end within {MaxHeaders} bytes");
        name = Name(headers[..end]) ?? throw Damaged(files, "it has no header Content-Disposition with a name");
        return at + line + end + 4;
    }

    private static string? Name(ReadOnlySpan<byte> headers)
    {
        const string header = "content-disposition:";
        foreach (var line in Encoding.UTF8.GetString(headers).Split("\r\n"))
        {
            if (line.StartsWith(header, StringComparison.OrdinalIgnoreCase) && ContentDispositionHeaderValue.TryParse(line[header.Length..].Trim(), out var disposition))
            {
                var name = disposition.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName.HasValue ? disposition.FileName : disposition.Name;
                return HeaderUtilities.RemoveQuotes(name).Value;
            }
        }

        return null;
    }

    private static RequestException Damaged(List<MultipartFile> files, string what) => RequestException.Bad($"The multipart body cannot be read at part {files.Count}: {what}.");
}
