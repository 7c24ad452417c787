using System.Globalization;
using Toolchain.Graphs;
using Toolchain.Runtime;
using Toolchain.Serve.Batching;
using Toolchain.Serve.Http;
using Toolchain.Serve.Models;

namespace Toolchain.Serve.Protocol;

/// <summary>An infer request that fits its model: which input is which, how many rows, and which outputs are wanted. Message texts are Triton's.</summary>
internal sealed class InferBinding
{
    private readonly InferRequest _request;
    private readonly int[] _inputs;

    private InferBinding(InferRequest request, int[] inputs, int rows, (int, bool)[] outputs) => (_request, _inputs, Rows, Outputs) = (request, inputs, rows, outputs);

    /// <summary>Rows of the request.</summary>
    public int Rows { get; }

    /// <summary>The outputs to send: their places in the model, and whether raw.</summary>
    public IReadOnlyList<(int Output, bool IsBinary)> Outputs { get; }

    /// <summary>The client's name for the request.</summary>
    public string? Id => _request.Id;

    /// <summary>How long it may wait; null for the server's default.</summary>
    public TimeSpan? Timeout => _request.Timeout;

    /// <summary>Checks a request against a model.</summary>
    /// <param name="request">The JSON part.</param>
    /// <param name="model">The model.</param>
    /// <param name="binaryBytes">The bytes that follow the JSON part.</param>
    /// <exception cref="RequestException">It does not fit (400).</exception>
    public static InferBinding Of(InferRequest request, ServedModel model, long binaryBytes)
    {
        var inputs = new int[request.Inputs.Count];
        long rows = -1, binary = 0;
        for (var i = 0; i < inputs.Length; i++)
        {
            var input = request.Inputs[i];
            inputs[i] = Place(model.Layout.Inputs, input.Name) ?? throw RequestException.Bad($"unexpected inference input '{input.Name}' for model '{model.Name}'");
            var own = RowsOf(input, model.Layout.Inputs[inputs[i]], model);
            rows = rows < 0 || rows == own ? own : throw RequestException.Bad($"input '{input.Name}' batch size does not match other inputs for '{model.Name}'");
            binary = input.IsBinary ? AddBinary(input, model, binary, binaryBytes) : binary;
        }

        if (inputs.Length != model.Layout.Inputs.Count)
        {
            throw RequestException.Bad($"expected {model.Layout.Inputs.Count} inputs but got {inputs.Length} inputs for model '{model.Name}'. Expected: {string.Join(", ", model.Layout.Inputs.Select(static i => i.Name))}");
        }

        return binary == binaryBytes
            ? new(request, inputs, (int)rows, Wanted(request, model))
            : throw RequestException.Bad($"unexpected additional input data for model '{model.Name}': {binaryBytes - binary} bytes are left over");
    }

    /// <summary>A raw body: the single row of a model with one input; all outputs go back raw.</summary>
    /// <exception cref="RequestException">It does not fit (400).</exception>
    public static InferBinding OfRaw(ServedModel model, long bodyBytes)
    {
        if (model.Layout.Inputs is not [var only])
        {
            throw RequestException.Bad($"A raw request needs a model with one input; model '{model.Name}' has {model.Layout.Inputs.Count}.");
        }

        if (bodyBytes != only.Bytes)
        {
            throw RequestException.Bad($"input byte size mismatch for input '{only.Name}' for model '{model.Name}'. Expected {only.Bytes}, got {bodyBytes}");
        }

        var request = new InferRequest { BinaryOutputs = true };
        request.Inputs.Add(new(only.Name, Datatypes.Name(only.Type), [1, .. only.Dimensions], 0, bodyBytes, IsBinary: true));
        return new(request, [0], 1, Wanted(request, model));
    }

    /// <summary>Writes the inputs into the request's rows.</summary>
    /// <exception cref="RequestException">Values are not what they should be (400).</exception>
    public void Fill(ReadOnlySpan<byte> body, RowLease lease, ServedModel model)
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

    private static long RowsOf(RequestInput input, RowTensor row, ServedModel model)
    {
        if (input.Datatype != Datatypes.Name(row.Type))
        {
            throw RequestException.Bad($"inference input '{input.Name}' data-type is '{input.Datatype}', but model '{model.Name}' expects '{Datatypes.Name(row.Type)}'");
        }

        if (input.Shape.Length != row.Dimensions.Count + 1 || input.Shape[0] < 1 || !input.Shape.AsSpan(1).SequenceEqual(row.Dimensions.AsSpan()))
        {
            throw RequestException.Bad($"unexpected shape for input '{input.Name}' for model '{model.Name}'. Expected [{string.Join(',', [-1L, .. row.Dimensions])}], got [{string.Join(',', input.Shape)}]");
        }

        return input.Shape[0] <= model.Batcher.MaxRequestRows ? input.Shape[0] : throw RequestException.Bad(
            string.Create(CultureInfo.InvariantCulture, $"inference request batch-size must be <= {model.Batcher.MaxRequestRows} for '{model.Name}'"));
    }

    // Rows are few and their sizes are known to fit by now; what the client declares is only compared and subtracted.
    private static long AddBinary(RequestInput input, ServedModel model, long before, long available)
    {
        var expected = input.Shape[0] * model.Layout.Inputs[Place(model.Layout.Inputs, input.Name)!.Value].Bytes;
        if (input.Length != expected)
        {
            throw RequestException.Bad($"input byte size mismatch for input '{input.Name}' for model '{model.Name}'. Expected {expected}, got {input.Length}");
        }

        return expected <= available - before ? before + expected : throw RequestException.Bad(
            $"unexpected size for input '{input.Name}', expecting {expected - (available - before)} additional bytes for model '{model.Name}'");
    }

    private static (int, bool)[] Wanted(InferRequest request, ServedModel model)
    {
        var outputs = request.Outputs is { Count: > 0 } wanted
            ? wanted.Select(o => (
                Place(model.Layout.Outputs, o.Name) ?? throw RequestException.Bad($"unexpected inference output '{o.Name}' for model '{model.Name}'"),
                o.IsBinary ?? request.BinaryOutputs)).ToArray()
            : [.. Enumerable.Range(0, model.Layout.Outputs.Count).Select(i => (i, request.BinaryOutputs))];
        foreach (var (output, binary) in outputs)
        {
            if (!binary && model.Layout.Outputs[output] is var tensor && !Datatypes.HasJson(tensor.Type))
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
