using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Toolchain.Runtime;

/// <summary>
/// Room for the rows of a model's inputs and outputs, at addresses that never change. Any rows that lie side by side run as one batch, in
/// place (<see cref="RowRunner"/>): nothing is copied on the way in or out. Rows may be written and read while others run.
/// </summary>
public sealed class RowBuffer : IDisposable
{
    /// <summary>Makes room; the operating system provides the memory when rows are first used.</summary>
    /// <param name="layout">The model's rows.</param>
    /// <param name="rows">The number of rows, at least 1.</param>
    public RowBuffer(RowLayout layout, int rows)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        (Layout, Rows) = (layout, rows);
        (Inputs, Outputs) = (new(layout.Inputs, rows), new(layout.Outputs, rows));
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
        Inputs.Free();
        Outputs.Free();
    }

    /// <summary>All inputs, or all outputs.</summary>
    internal sealed unsafe class Side
    {
        // The widest vector registers and a cache line.
        private const int Alignment = 64;
        private readonly RowTensor[] _tensors;
        private readonly void*[] _memory;
        private readonly int _rows;

        public Side(EquatableArray<RowTensor> tensors, int rows)
        {
            (_rows, _tensors, Names) = (rows, [.. tensors], [.. tensors.Select(static t => t.Name)]);
            _memory = new void*[tensors.Count];
            for (var i = 0; i < _memory.Length; i++)
            {
                _memory[i] = NativeMemory.AlignedAlloc(checked((nuint)Math.Max(1, (long)rows * tensors[i].Bytes)), Alignment);
            }
        }

        /// <summary>The tensors' names.</summary>
        public string[] Names { get; }

        /// <summary>The bytes of rows of a tensor.</summary>
        public Span<byte> Bytes(int tensor, int row, int count)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(row);
            ArgumentOutOfRangeException.ThrowIfNegative(count);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _rows - row);
            return new(Address(tensor, row), checked(count * _tensors[tensor].Bytes));
        }

        /// <summary>The same rows of every tensor as ONNX Runtime takes them; the caller disposes them, before the memory is freed.</summary>
        public OrtValue[] Views(int row, int count)
        {
            var views = new OrtValue[_tensors.Length];
            for (var i = 0; i < views.Length; i++)
            {
                views[i] = OrtValue.CreateTensorValueWithData(
                    OrtMemoryInfo.DefaultInstance, (TensorElementType)_tensors[i].Type, [count, .. _tensors[i].Dimensions], (nint)Address(i, row), (long)count * _tensors[i].Bytes);
            }

            return views;
        }

        /// <summary>Gives the memory back.</summary>
        public void Free()
        {
            for (var i = 0; i < _memory.Length; i++)
            {
                NativeMemory.AlignedFree(_memory[i]);
                _memory[i] = null;
            }
        }

        private byte* Address(int tensor, int row)
        {
            ObjectDisposedException.ThrowIf(_memory[tensor] is null, typeof(RowBuffer));
            return (byte*)_memory[tensor] + ((long)row * _tensors[tensor].Bytes);
        }
    }
}
