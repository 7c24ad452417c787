using System.Buffers;
using Toolchain.Runtime;
using Toolchain.Serve.Batching;
using Toolchain.Serve.Features;
using Toolchain.Serve.Models;
using Toolchain.Serve.Protocol;

namespace Toolchain.Serve.Grpc.Wire;

/// <summary>
/// Writes a <c>ModelInferResponse</c> from the rows of the model's buffer. Outputs are always raw, as clients expect. It gives the rows back
/// when it is disposed.
/// </summary>
internal sealed class InferMessageWriter : IDisposable
{
    private readonly Inference _inference;
    private readonly ServedModel _model;
    private readonly InferBinding _binding;
    private readonly RowLease _lease;
    private readonly byte[] _parameters;
    private readonly long _started;
    private int _length;

    // The likeliest classes in place of an output, by its place in the response; null when no output is asked for so.
    private readonly byte[]?[]? _classes;

    /// <summary>A response.</summary>
    /// <param name="inference">The request, which has run; the writer completes it.</param>
    /// <param name="isStream">Whether the response goes into a stream.</param>
    public InferMessageWriter(Inference inference, bool isStream)
    {
        (_inference, _model, _binding, _lease) = (inference, inference.Model, inference.Binding, inference.Lease);
        _started = _model.Batcher.Time.GetTimestamp();
        _parameters = ResponseParameters.Of(_binding.Explain ? _lease.Batch : null, isStream);
        _classes = InferResult.Classes(_model, _binding, _lease);
    }

    /// <summary>The response's bytes.</summary>
    public int Length => _length > 0 ? _length : _length = Measure();

    /// <summary>Writes the response.</summary>
    public void WriteTo(IBufferWriter<byte> target)
    {
        ProtoWriter.Text(target, 1, _model.Name);
        ProtoWriter.Text(target, 2, _model.VersionText);
        ProtoWriter.Text(target, 3, _binding.Id ?? "");
        target.Write(_parameters);
        foreach (var output in _binding.Outputs)
        {
            WriteTensor(target, output, _model.Layout.Outputs[output.Output]);
        }

        for (var i = 0; i < _binding.Outputs.Length; i++)
        {
            ProtoWriter.Bytes(target, 6, Bytes(i));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _inference.Complete(_started);

    private int Measure()
    {
        var length = (long)ProtoWriter.Field(_model.Name) + ProtoWriter.Field(_model.VersionText) + ProtoWriter.Field(_binding.Id ?? "") + _parameters.Length;
        for (var i = 0; i < _binding.Outputs.Length; i++)
        {
            var output = _binding.Outputs[i];
            length += ProtoWriter.Field(SizeOf(output, _model.Layout.Outputs[output.Output])) + ProtoWriter.Field(Bytes(i).Length);
        }

        return checked((int)length);
    }

    private ReadOnlySpan<byte> Bytes(int place) => _classes?[place] is { } classes ? classes : _lease.Output(_binding.Outputs[place].Output);

    private static string DatatypeOf(BoundOutput output, RowTensor tensor) => output.Classes > 0 ? "BYTES" : Datatypes.Name(tensor.Type);

    private int SizeOf(BoundOutput output, RowTensor tensor) =>
        ProtoWriter.Field(tensor.Name) + ProtoWriter.Field(DatatypeOf(output, tensor)) + ProtoWriter.Field(SizeOfShape(output, tensor));

    private int SizeOfShape(BoundOutput output, RowTensor tensor)
    {
        var size = ProtoWriter.Size((uint)_lease.Count);
        if (output.Classes > 0)
        {
            return size + ProtoWriter.Size((uint)ClassStrings.Count(tensor, output.Classes));
        }

        foreach (var dimension in tensor.Dimensions.AsSpan())
        {
            size += ProtoWriter.Size((ulong)dimension);
        }

        return size;
    }

    private void WriteTensor(IBufferWriter<byte> target, BoundOutput output, RowTensor tensor)
    {
        ProtoWriter.Begin(target, 5, SizeOf(output, tensor));
        ProtoWriter.Text(target, 1, tensor.Name);
        ProtoWriter.Text(target, 2, DatatypeOf(output, tensor));
        ProtoWriter.Begin(target, 3, SizeOfShape(output, tensor));
        ProtoWriter.Varint(target, (uint)_lease.Count);
        if (output.Classes > 0)
        {
            ProtoWriter.Varint(target, (uint)ClassStrings.Count(tensor, output.Classes));
            return;
        }

        foreach (var dimension in tensor.Dimensions.AsSpan())
        {
            ProtoWriter.Varint(target, (ulong)dimension);
        }
    }
}
