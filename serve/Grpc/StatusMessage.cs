using System.Buffers;
using System.Text;

namespace Toolchain.Serve.Grpc;

/// <summary>The header <c>grpc-message</c>: UTF-8 with everything percent-encoded that is not printable ASCII (gRPC over HTTP/2, Responses).</summary>
internal static class StatusMessage
{
    // Clients take 8 KiB of headers unless told otherwise, and messages may quote what a client sent.
    private const int MaxCharacters = 1000;
    private static readonly SearchValues<char> Plain = SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(static code => (char)code).Where(static c => c != '%')]);

    /// <summary>Encodes a message; a very long one is cut.</summary>
    public static string Encode(string message)
    {
        var text = Shorten(message);
        if (!text.AsSpan().ContainsAnyExcept(Plain))
        {
            return text;
        }

        var encoded = new StringBuilder(text.Length + 32);
        foreach (var octet in Encoding.UTF8.GetBytes(text))
        {
            _ = Plain.Contains((char)octet) ? encoded.Append((char)octet) : encoded.Append('%').Append(Convert.ToHexString([octet]));
        }

        return encoded.ToString();
    }

    /// <summary>The message, or its beginning.</summary>
    public static string Shorten(string message)
    {
        if (message.Length <= MaxCharacters)
        {
            return message;
        }

        // Not between the halves of a character.
        var length = char.IsHighSurrogate(message[MaxCharacters - 1]) ? MaxCharacters - 1 : MaxCharacters;
        return string.Concat(message.AsSpan(0, length), "…");
    }
}
