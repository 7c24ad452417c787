using Toolchain.Serve.Http;

namespace Toolchain.Serve.Grpc.Wire;

/// <summary>Tells messages that take long to read from those that do not.</summary>
internal static class LongMessage
{
    // raw_input_contents of a ModelInferRequest: tensors that stay where they are.
    private const int RawInputs = 7;

    // An ordinary request has a few fields; of one with more it is not worth knowing.
    private const int MostFields = 256;

    /// <summary>Whether a message without its raw tensors is long, or nobody can tell.</summary>
    public static bool Is(ReadOnlySpan<byte> message)
    {
        if (message.Length < LongWork.Bytes)
        {
            return false;
        }

        var left = message.Length;
        var reader = new ProtoReader(message, "the message");
        try
        {
            for (var fields = 0; left >= LongWork.Bytes && fields < MostFields && reader.Next(); fields++)
            {
                if (reader is { Field: RawInputs, Type: WireType.Bytes })
                {
                    left -= reader.Bytes().Length;
                }
                else
                {
                    reader.Skip();
                }
            }
        }
        catch (RequestException)
        {
            // Who reads it says what is wrong.
            return true;
        }

        return left >= LongWork.Bytes;
    }
}
