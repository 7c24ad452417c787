using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Toolchain.Runtime;

/// <summary>
/// Room for the rows of a model's inputs and outputs, at addresses that never change. Any rows that lie side by side run as one batch, in
/// place (<see cref="RowRunner"/>): nothing is copied on the way in or out. Rows may be written and read while others run.
/// </summary>
public sealed class RowBuffer : IDisposable
{
    private readonly RowMemory _memory;

    /// <summary>
    /// Makes room in the memory that suits the session's device: on the CPU any, which the operating system provides when rows are first used; on a GPU page-locked memory,
    /// which is there at once and is kept from other programs.
    /// </summary>
    /// <param name="session">The model, or one of several on the same device; outlives the buffer.</param>
    /// <param name="layout">The model's rows.</param>
    /// <param name="rows">The number of rows, at least 1.</param>
    /// <exception cref="ToolchainException">There is not so much memory (<see cref="ErrorKind.Unavailable"/>).</exception>
    public RowBuffer(ModelSession session, RowLayout layout, int rows)
        : this(RowMemory.For(session), layout, rows)
    {
    }

    /// <summary>Makes room in memory that belongs to the buffer from now on.</summary>
    internal RowBuffer(RowMemory memory, RowLayout layout, int rows)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        (_memory, Layout, Rows) = (memory, layout, rows);
        try
        {
            (Inputs, Outputs) = (new(memory, layout.Inputs, rows), new(memory, layout.Outputs, rows));
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    /// <summary>What a row is.</summary>
    public RowLayout Layout { get; }

    /// <summary>The number of rows.</summary>
    public int Rows { get; }

    internal Side Inputs { get; }

    internal Side Outputs { get; }

    /// <summary>The bytes of rows of an input, row-major; the caller writes them before running.</summary>
    /// <param name="tensor">The input's place in <see cref="RowLayout.Inputs"/>.</param>
    /// <param name="row">The first row.</param>
    /// <param name="count">The number of rows.</param>
    public Span<byte> Input(int tensor, int row, int count) => Inputs.Bytes(tensor, row, count);

    /// <summary>The bytes of rows of an output, row-major; whatever the last run left there.</summary>
    /// <param name="tensor">The output's place in <see cref="RowLayout.Outputs"/>.</param>
    /// <param name="row">The first row.</param>
    /// <param name="count">The number of rows.</param>
    public ReadOnlySpan<byte> Output(int tensor, int row, int count) => Outputs.Bytes(tensor, row, count);

    /// <summary>Gives the memory back. Nothing may run, read or write any more.</summary>
    public void Dispose()
    {
        Inputs.Forget();
        Outputs.Forget();
        _memory.Dispose();
    }

    /// <summary>All inputs, or all outputs.</summary>
    internal sealed unsafe class Side
    {
        private readonly RowMemory _memory;
        private readonly RowTensor[] _tensors;
        private readonly nint[] _blocks;
        private readonly int _rows;

        public Side(RowMemory memory, EquatableArray<RowTensor> tensors, int rows)
        {
            (_memory, _rows, _tensors, Names) = (memory, rows, [.. tensors], [.. tensors.Select(static t => t.Name)]);
            _blocks = [.. tensors.Select(tensor => memory.Allocate(Math.Max(1, (long)rows * tensor.Bytes)))];
        }

        /// <summary>The tensors' names.</summary>
        public string[] Names { get; }

        /// <summary>The bytes of rows of a tensor.</summary>
        public Span<byte> Bytes(int tensor, int row, int count)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(row);
            ArgumentOutOfRangeException.ThrowIfNegative(count);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _rows - row);
            return new((void*)Address(tensor, row), checked(count * _tensors[tensor].Bytes));
        }

        /// <summary>The same rows of every tensor as ONNX Runtime takes them; the caller disposes them, before the memory is freed.</summary>
        public OrtValue[] Views(int row, int count)
        {
            var views = new OrtValue[_tensors.Length];
            for (var i = 0; i < views.Length; i++)
            {
                views[i] = OrtValue.CreateTensorValueWithData(
                    _memory.Kind, (TensorElementType)_tensors[i].Type, [count, .. _tensors[i].Dimensions], Address(i, row), (long)count * _tensors[i].Bytes);
            }

            return views;
        }

        /// <summary>Nothing is at the addresses any more.</summary>
        public void Forget() => Array.Clear(_blocks);

        private nint Address(int tensor, int row)
        {
            ObjectDisposedException.ThrowIf(_blocks[tensor] == 0, typeof(RowBuffer));
            return _blocks[tensor] + checked((nint)((long)row * _tensors[tensor].Bytes));
        }
    }
}
