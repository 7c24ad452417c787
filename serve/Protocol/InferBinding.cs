using System.Buffers.Binary;
using System.Globalization;
using Toolchain.Data;
using Toolchain.Graphs;
using Toolchain.Runtime;
using Toolchain.Serve.Batching;
using Toolchain.Serve.Features;
using Toolchain.Serve.Http;
using Toolchain.Serve.Models;

namespace Toolchain.Serve.Protocol;

/// <summary>An output that goes back.</summary>
/// <param name="Output">Its place in the model.</param>
/// <param name="IsBinary">Whether it goes back raw.</param>
/// <param name="Classes">How many of the likeliest classes go back in its place; 0 for the output itself.</param>
internal readonly record struct BoundOutput(int Output, bool IsBinary, int Classes);

/// <summary>An infer request that fits its model: which input is which, how many rows, and which outputs are wanted. Message texts are Triton's.</summary>
internal sealed class InferBinding
{
    private readonly InferRequest _request;
    private readonly int[] _inputs;
    private readonly BodySlice[]? _images;

    private InferBinding(InferRequest request, int[] inputs, int rows, BoundOutput[] outputs, BodySlice[]? images) =>
        (_request, _inputs, Rows, Outputs, _images) = (request, inputs, rows, outputs, images);

    /// <summary>Rows of the request.</summary>
    public int Rows { get; }

    /// <summary>The outputs to send, in the order of the response.</summary>
    public BoundOutput[] Outputs { get; }

    /// <summary>The client's name for the request.</summary>
    public string? Id => _request.Id;

    /// <summary>How long it may wait; null for the server's default.</summary>
    public TimeSpan? Timeout => _request.Timeout;

    /// <summary>Its place among those that wait; 0 for the server's default.</summary>
    public int Priority => _request.Priority;

    /// <summary>Whether the response says why its batch was what it was.</summary>
    public bool Explain => _request.Explain;

    private bool HasLongJson => _request.Inputs.Exists(static i => !i.IsBinary && i.Length >= LongWork.Bytes);

    /// <summary>Checks a request against a model.</summary>
    /// <param name="request">The request.</param>
    /// <param name="model">The model.</param>
    /// <param name="body">The whole body, in which the values lie.</param>
    /// <param name="binaryBytes">How many of its bytes are binary data; all of them must belong to inputs.</param>
    /// <exception cref="RequestException">It does not fit (400).</exception>
    public static InferBinding Of(InferRequest request, ServedModel model, ReadOnlySpan<byte> body, long binaryBytes)
    {
        var inputs = new int[request.Inputs.Count];
        BodySlice[]? images = null;
        long rows = -1, binary = 0;
        for (var i = 0; i < inputs.Length; i++)
        {
            var input = request.Inputs[i];
            inputs[i] = Place(model.Layout.Inputs, input.Name) ?? throw RequestException.Bad($"unexpected inference input '{input.Name}' for model '{model.Name}'");
            var own = RowsOf(input, model.Layout.Inputs[inputs[i]], model);
            rows = rows < 0 || rows == own ? own : throw RequestException.Bad($"input '{input.Name}' batch size does not match other inputs for '{model.Name}'");
            if (IsImages(input, model))
            {
                if (!input.IsBinary)
                {
                    throw RequestException.Bad($"Input '{input.Name}' has images, which JSON cannot carry. Send them as binary data (parameter 'binary_data_size').");
                }

                binary = input.Elements is null ? AddBinary(input, model, input.Length, binary, binaryBytes) : binary;
                images = Images(input, model, body, (int)own);
            }
            else if (input.IsBinary)
            {
                binary = AddBinary(input, model, own * model.Layout.Inputs[inputs[i]].Bytes, binary, binaryBytes);
            }
        }

        if (inputs.Length != model.Layout.Inputs.Count)
        {
            throw RequestException.Bad($"expected {model.Layout.Inputs.Count} inputs but got {inputs.Length} inputs for model '{model.Name}'. Expected: {string.Join(", ", model.Layout.Inputs.Select(static i => i.Name))}");
        }

        return binary == binaryBytes
            ? new(request, inputs, (int)rows, Wanted(request, model), images)
            : throw RequestException.Bad($"unexpected additional input data for model '{model.Name}': {binaryBytes - binary} bytes are left over");
    }

    /// <summary>
    /// A raw body: the single row of a model with one input; all outputs go back raw. Of a model of images it may be an image file, unless it is
    /// exactly as long as a row and does not say that it is one.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="body">The body.</param>
    /// <param name="isImage">Whether the body says that it is an image.</param>
    /// <exception cref="RequestException">It does not fit (400).</exception>
    public static InferBinding OfRaw(ServedModel model, ReadOnlySpan<byte> body, bool isImage)
    {
        if (model.Layout.Inputs is not [var only])
        {
            throw RequestException.Bad($"A raw request needs a model with one input; model '{model.Name}' has {model.Layout.Inputs.Count}.");
        }

        var isEncoded = model.Image is not null && (isImage || (body.Length != only.Bytes && ImageDecoder.IsImage(body)));
        if (!isEncoded && body.Length != only.Bytes)
        {
            throw RequestException.Bad($"input byte size mismatch for input '{only.Name}' for model '{model.Name}'. Expected {only.Bytes}{(model.Image is null ? "" : " or an image file")}, got {body.Length}");
        }

        var request = new InferRequest { BinaryOutputs = true };
        request.Inputs.Add(new(only.Name, Datatypes.Name(only.Type), [], 0, body.Length, IsBinary: true));
        return new(request, [0], 1, Wanted(request, model), isEncoded ? [new(0, body.Length)] : null);
    }

    /// <summary>One image file: the single row of a model of images. No outputs are chosen.</summary>
    /// <param name="model">The model; it has an <see cref="ServedModel.Image"/>.</param>
    /// <param name="image">Where the file is in the body.</param>
    public static InferBinding OfImage(ServedModel model, BodySlice image)
    {
        var request = new InferRequest();
        request.Inputs.Add(new(model.Layout.Inputs[0].Name, "BYTES", [1], image.Offset, image.Length, IsBinary: true));
        return new(request, [0], 1, [], [image]);
    }

    /// <summary>Writes the inputs into the request's rows; images are decoded there, several at the same time.</summary>
    /// <param name="body">The whole body.</param>
    /// <param name="lease">The rows.</param>
    /// <param name="model">The model.</param>
    /// <param name="decoding">Decodes images.</param>
    /// <param name="cancellationToken">The client went away.</param>
    /// <returns>How long it took, without waiting for a decoder.</returns>
    /// <exception cref="RequestException">Values are not what they should be (400).</exception>
    /// <exception cref="ToolchainException">An image is none, is damaged, or is too large.</exception>
    public ValueTask<TimeSpan> FillAsync(ReadOnlyMemory<byte> body, RowLease lease, ServedModel model, ImageDecoding decoding, CancellationToken cancellationToken)
    {
        if (_images is not null)
        {
            return decoding.DecodeAsync(body, _images, lease, model.Image!, cancellationToken);
        }

        return HasLongJson ? FillLongAsync(body, lease, model, decoding.Threads) : new(FillTimed(body, lease, model));
    }

    private async ValueTask<TimeSpan> FillLongAsync(ReadOnlyMemory<byte> body, RowLease lease, ServedModel model, LongWork threads)
    {
        await threads.Enter();
        return FillTimed(body, lease, model);
    }

    private TimeSpan FillTimed(ReadOnlyMemory<byte> body, RowLease lease, ServedModel model)
    {
        var started = model.Batcher.Time.GetTimestamp();
        Fill(body.Span, lease, model);
        return model.Batcher.Time.GetElapsedTime(started);
    }

    private void Fill(ReadOnlySpan<byte> body, RowLease lease, ServedModel model)
    {
        for (var i = 0; i < _inputs.Length; i++)
        {
            var input = _request.Inputs[i];
            var source = body.Slice((int)input.Offset, (int)input.Length);
            var rows = lease.Input(_inputs[i]);
            var type = model.Layout.Inputs[_inputs[i]].Type;
            if (!input.IsBinary)
            {
                TensorJson.Read(source, type, rows, input.Name);
                continue;
            }

            if (type == ElementType.Bool && source.ContainsAnyExceptInRange((byte)0, (byte)1))
            {
                throw RequestException.Bad($"input '{input.Name}' has BOOL values other than 0 and 1");
            }

            source.CopyTo(rows);
        }
    }

    // Encoded images in place of pixels, one element for each row (the convention of OpenVINO Model Server for BYTES).
    private static bool IsImages(RequestInput input, ServedModel model) => model.Image is not null && input.Datatype == "BYTES";

    private static long RowsOf(RequestInput input, RowTensor row, ServedModel model)
    {
        var isImages = IsImages(input, model);
        if (!isImages && input.Datatype != Datatypes.Name(row.Type))
        {
            throw RequestException.Bad($"inference input '{input.Name}' data-type is '{input.Datatype}', but model '{model.Name}' expects '{Datatypes.Name(row.Type)}'");
        }

        var fits = isImages ? input.Shape is [_] or [_, 1] : input.Shape.Length == row.Dimensions.Count + 1 && input.Shape.AsSpan(1).SequenceEqual(row.Dimensions.AsSpan());
        if (!fits || input.Shape[0] < 1)
        {
            throw RequestException.Bad($"unexpected shape for input '{input.Name}' for model '{model.Name}'. Expected [{string.Join(',', isImages ? [-1L] : [-1L, .. row.Dimensions])}], got [{string.Join(',', input.Shape)}]");
        }

        return input.Shape[0] <= model.Batcher.MaxRequestRows ? input.Shape[0] : throw RequestException.Bad(
            string.Create(CultureInfo.InvariantCulture, $"inference request batch-size must be <= {model.Batcher.MaxRequestRows} for '{model.Name}'"));
    }

    // Rows are few and their sizes are known to fit by now; what the client declares is only compared and subtracted.
    private static long AddBinary(RequestInput input, ServedModel model, long expected, long before, long available)
    {
        if (input.Length != expected)
        {
            throw RequestException.Bad($"input byte size mismatch for input '{input.Name}' for model '{model.Name}'. Expected {expected}, got {input.Length}");
        }

        return expected <= available - before ? before + expected : throw RequestException.Bad(
            $"unexpected size for input '{input.Name}', expecting {expected - (available - before)} additional bytes for model '{model.Name}'");
    }

    private static BodySlice[] Images(RequestInput input, ServedModel model, ReadOnlySpan<byte> body, int rows)
    {
        if (input.Elements is { } elements)
        {
            return elements.Count == rows ? [.. elements] : throw RequestException.Bad($"expected {rows} string elements for inference input '{input.Name}' for model '{model.Name}', got {elements.Count}");
        }

        var images = new BodySlice[rows];
        var (at, end) = ((int)input.Offset, (int)(input.Offset + input.Length));
        for (var i = 0; i < rows; i++)
        {
            var length = end - at >= sizeof(uint) ? BinaryPrimitives.ReadUInt32LittleEndian(body[at..]) : throw Cut(i);
            at += sizeof(uint);
            images[i] = length <= end - at ? new(at, (int)length) : throw Cut(i);
            at += (int)length;
        }

        return at == end ? images : throw RequestException.Bad($"unexpected number of string elements for inference input '{input.Name}' for model '{model.Name}': {end - at} bytes are left over after {rows}");

        RequestException Cut(int row) => RequestException.Bad($"incomplete string data for inference input '{input.Name}' for model '{model.Name}': element {row} ends beyond its {input.Length} bytes. Each element is its length (uint32, little-endian) and its bytes");
    }

    private static BoundOutput[] Wanted(InferRequest request, ServedModel model)
    {
        var wanted = request.Outputs is { Count: > 0 } named ? named : null;
        var outputs = new BoundOutput[wanted?.Count ?? model.Layout.Outputs.Count];
        for (var i = 0; i < outputs.Length; i++)
        {
            outputs[i] = wanted is null ? new(i, request.BinaryOutputs, 0) : new(
                Place(model.Layout.Outputs, wanted[i].Name) ?? throw RequestException.Bad($"unexpected inference output '{wanted[i].Name}' for model '{model.Name}'"),
                wanted[i].IsBinary ?? request.BinaryOutputs,
                wanted[i].Classes);
            var tensor = model.Layout.Outputs[outputs[i].Output];
            if (outputs[i].Classes > 0)
            {
                ClassStrings.Check(tensor);
            }
            else if (!outputs[i].IsBinary && !Datatypes.HasJson(tensor.Type))
            {
                throw RequestException.Bad($"Output '{tensor.Name}' is {Datatypes.Name(tensor.Type)}, which JSON cannot carry. Ask for it as binary data (parameter 'binary_data').");
            }
        }

        return outputs;
    }

    private static int? Place(EquatableArray<RowTensor> tensors, string name)
    {
        for (var i = 0; i < tensors.Count; i++)
        {
            if (tensors[i].Name == name)
            {
                return i;
            }
        }

        return null;
    }
}
