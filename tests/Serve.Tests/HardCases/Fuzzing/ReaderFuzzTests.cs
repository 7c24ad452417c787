using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Toolchain.Graphs;
using Toolchain.Serve.Grpc;
using Toolchain.Serve.Grpc.Wire;
using Toolchain.Serve.Http;
using Toolchain.Serve.Models;
using Toolchain.Serve.Protocol;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests.HardCases.Fuzzing;

/// <summary>The readers of requests, without a network between: tens of thousands of requests that are nearly right.</summary>
public sealed partial class ReaderFuzzTests(EchoServer echo) : IClassFixture<EchoServer>
{
    // Objects are larger than the text that describes them, and a refusal costs something too.
    private const long BytesPerByte = 64;
    private const long BytesPerReading = 64 << 10;

    private static readonly int Tries = Rounds.Of("FUZZ_ROUNDS", 4000);

    private static readonly string[] Valid =
    [
        """{"id":"7","inputs":[{"name":"input","shape":[1,4],"datatype":"FP32","data":[1,2.5,-3e1,4]}]}""",
        """{"inputs":[{"name":"input","shape":[2,4],"datatype":"FP32","data":[[1,2,3,4],[5,6,7,8]]}],"outputs":[{"name":"logits","parameters":{"binary_data":true}}],"parameters":{"timeout":1000000,"priority":0}}""",
        """{"inputs":[{"name":"input","shape":[1,4],"datatype":"FP32","parameters":{"binary_data_size":16}}],"parameters":{"binary_data_output":true,"other":{"a":[1,null,"x"]}}}""",
    ];

    public static TheoryData<int, int> Seeds => [.. Enumerable.Range(0, Valid.Length).SelectMany(static _ => Enumerable.Range(1, 2), static (form, seed) => (form, seed))];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_request_that_is_nearly_right_is_read_or_refused_in_little_memory(int form, int seed)
    {
        var model = (ServedModel)echo.Server.Application.Models.All[0];
        var (valid, refused) = (Encoding.UTF8.GetBytes(Valid[form]), 0);
        Bind(valid, form, model);
        for (var round = 0; round < Tries; round++)
        {
            var random = new SeededRandom(seed, form, round);
            var body = Mutations.Of(valid, Mutations.JsonWords, ref random);
            refused += IsRefusedInLittleMemory(body.Length, () => Bind(body, form, model)) ? 1 : 0;
        }

        // Some changes touch only values or what nobody reads.
        Assert.InRange(refused, Tries * 3 / 10, Tries);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Values_are_what_another_reader_of_json_reads_or_refused(int seed)
    {
        var (values, valid) = (new float[8], "[[1,2.5],[-3e1,4e-3],[0.1,123456789],[-0,1E+2]]"u8.ToArray());
        var (right, refused) = (0, 0);
        for (var round = 0; round < Tries; round++)
        {
            var random = new SeededRandom(seed, round);
            var changed = Mutations.Of(valid, Mutations.JsonWords, ref random);

            // As far as the array goes; what follows is for the reader of the rest.
            var text = changed[..Math.Max(0, TensorJson.ArrayLength(changed))];
            try
            {
                TensorJson.Read(text, ElementType.Float32, MemoryMarshal.AsBytes(values.AsSpan()), "input");
            }
            catch (Exception refusal) when (refusal is RequestException or JsonException)
            {
                refused++;
                continue;
            }

            Assert.Equal(Reference(text), values.Select(static v => v.ToString("R", CultureInfo.InvariantCulture)));
            right++;
        }

        Assert.True(right > 20 && refused > Tries / 4, $"{right} read, {refused} refused");
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0, 2)]
    [InlineData(1, 1)]
    [InlineData(1, 2)]
    public void A_message_that_is_nearly_right_is_read_or_refused_and_its_memory_given_back(int form, int seed)
    {
        var model = (ServedModel)echo.Server.Application.Models.All[0];
        var (valid, refused, budget) = (form == 0 ? InferenceCalls.EchoRequest(1, 2, 3, 4, 5, 6, 7, 8) : InferenceCalls.TypedRequest(1, 2, 3, 4), 0, new ByteBudget(1 << 20));
        Bind(valid, model, budget);
        for (var round = 0; round < Tries; round++)
        {
            var random = new SeededRandom(seed, 7, form, round);
            var message = Mutations.Of(valid, Mutations.ProtoWords, ref random);
            refused += IsRefusedInLittleMemory(message.Length, () => Bind(message, model, budget)) ? 1 : 0;
            Assert.Equal(0, budget.Used);
        }

        Assert.InRange(refused, Tries * 3 / 10, Tries);
    }

    private static bool IsRefusedInLittleMemory(int length, Action bind)
    {
        var refused = false;
        Allocated.AtMost(BytesPerReading + (BytesPerByte * length), () =>
        {
            try
            {
                bind();
            }
            catch (RequestException refusal) when (refusal.Status is 400 or 501 && refusal.Message.Length is > 10 and < 2000)
            {
                refused = true;
            }
        });
        return refused;
    }

    private static void Bind(byte[] bytes, ServedModel model, ByteBudget budget)
    {
        using var message = PooledBytes.ForWriting(bytes.Length, budget);
        message.Write(bytes);
        var read = InferMessageReader.Read(message);
        InferBinding.Of(read.Request, model, message.Span, read.TensorBytes);
    }

    // The last form has its values behind the JSON.
    private static void Bind(byte[] json, int form, ServedModel model)
    {
        byte[] body = form == 2 ? [.. json, .. new byte[16]] : json;
        InferBinding.Of(InferRequestReader.Read(json), model, body, body.Length - json.Length);
    }

    // Bare words for what is not finite are no JSON; as text they are.
    private static IEnumerable<string> Reference(byte[] text)
    {
        using var document = JsonDocument.Parse(BareWord().Replace(Encoding.UTF8.GetString(text), "\"$0\""));
        return [.. Flat(document.RootElement).Select(static v => v.ToString("R", CultureInfo.InvariantCulture))];
    }

    private static IEnumerable<float> Flat(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Flat),
        JsonValueKind.String => [float.Parse(element.GetString()!, CultureInfo.InvariantCulture)],
        _ => [element.GetSingle()],
    };

    [GeneratedRegex("""(?<!")(-?Infinity|NaN)(?!")""")]
    private static partial Regex BareWord();
}
