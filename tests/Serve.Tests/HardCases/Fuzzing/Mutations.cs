using System.Text;

namespace Toolchain.Serve.Tests.HardCases.Fuzzing;

/// <summary>What is nearly right: a valid request with a few changes, the same for a seed and a round.</summary>
internal static class Mutations
{
    /// <summary>Words that readers of JSON and of numbers stumble over.</summary>
    public static readonly byte[][] JsonWords = Words(
        "-1", "0", "1e999", "-1e-999", "9223372036854775807", "9223372036854775808", "18446744073709551616", "4294967296", "2147483648", "0.5", "NaN", "-Infinity", "null", "true", "{}", "[]", "[[", "]]", "}", "{", "\"", "\\", "\\ud800", "\\u0000",
        ",", ":", "//", "\"inputs\":", "\"data\":", "\"shape\":[", "\"parameters\":{", "\"outputs\":[", "\"binary_data_size\":", "\"binary_data\":true", "\"datatype\":\"BYTES\"", "\"classification\":3", "\"timeout\":1", "\"priority\":1", "\"id\":", "\u00e9", "\ud83d\ude00");

    /// <summary>Words that readers of HTTP stumble over.</summary>
    public static readonly byte[][] HttpWords = Words(
        "\r\n", "\r\n\r\n", "\n", "\r", "\0", " ", "\t", ":", "Content-Length: 5\r\n", "Content-Length: -1\r\n", "Transfer-Encoding: chunked\r\n", "Inference-Header-Content-Length: 3\r\n", "Content-Encoding: gzip\r\n", "Content-Encoding: deflate\r\n",
        "Expect: 100-continue\r\n", "Connection: close\r\n", "Connection: Upgrade\r\nUpgrade: h2c\r\n", "Accept-Encoding: gzip\r\n", "Content-Type: multipart/form-data; boundary=x\r\n", "HTTP/1.0", "HTTP/2.0", "%2e%2e%2f", "%00", "%", "?", "#", "@", "//", "GET", "HEAD", "OPTIONS *");

    /// <summary>Numbers and tags that readers of protobuf stumble over.</summary>
    public static readonly byte[][] ProtoWords =
    [
        [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], [0xff, 0xff, 0xff, 0xff, 0x0f], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [0x80], [0x80, 0x80, 0x80, 0x00], [0], [0x7f],
        [1 << 3 | 2, 0], [5 << 3 | 2, 0], [7 << 3 | 2, 0], [7 << 3 | 2, 16], [5 << 3 | 3], [5 << 3 | 4], [5 << 3 | 5, 0, 0, 0, 0], [5 << 3 | 1, 0, 0, 0, 0, 0, 0, 0, 0], [4 << 3 | 2, 4, 10, 0, 18, 0], [0xf8, 0xff, 0xff, 0xff, 0x0f, 1],
    ];

    /// <summary>A mutation.</summary>
    /// <param name="valid">What is right.</param>
    /// <param name="words">What is put in now and then; may be empty.</param>
    /// <param name="random">Draws the changes.</param>
    public static byte[] Of(byte[] valid, byte[][] words, ref SeededRandom random)
    {
        var bytes = valid.ToList();
        for (var changes = 1 + random.Below(4); changes > 0 && bytes.Count > 0; changes--)
        {
            Change(bytes, words, ref random);
        }

        return [.. bytes];
    }

    private static void Change(List<byte> bytes, byte[][] words, ref SeededRandom random)
    {
        var place = random.Below(bytes.Count);
        var length = Math.Min(1 + random.Below(random.Coin() ? 4 : 64), bytes.Count - place);
        switch (random.Below(words.Length > 0 ? 9 : 7))
        {
            case 0:
                bytes[place] ^= (byte)(1 << random.Below(8));
                break;
            case 1:
                bytes[place] = (byte)random.Below(256);
                break;
            case 2:
                bytes.RemoveRange(place, length);
                break;
            case 3:
                bytes.InsertRange(random.Below(bytes.Count), bytes.GetRange(place, length));
                break;
            case 4:
                bytes.RemoveRange(place, bytes.Count - place);
                break;
            case 5:
                bytes.InsertRange(place, Enumerable.Repeat(bytes[place], 1 + random.Below(200)));
                break;
            case 6:
                bytes[place] = (byte)"\0\u00ff\u0080\u007f"[random.Below(4)];
                break;
            case 7:
                bytes.InsertRange(place, words[random.Below(words.Length)]);
                break;
            default:
                bytes.RemoveRange(place, length);
                bytes.InsertRange(place, words[random.Below(words.Length)]);
                break;
        }
    }

    private static byte[][] Words(params string[] words) => [.. words.Select(Encoding.UTF8.GetBytes)];
}
