using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Toolchain.Runtime;

/// <summary>
/// Room for the rows of a model's inputs and outputs, at addresses that never change. Any rows that lie side by side run as one batch, in
/// place: nothing is copied on the way in or out. Rows may be written and read while others run; runs on separate rows may be concurrent.
/// </summary>
public sealed unsafe class RowBuffer : IDisposable
{
    // The widest vector registers and a cache line.
    private const int Alignment = 64;
    private readonly ModelSession _session;
    private readonly Side _inputs;
    private readonly Side _outputs;

    /// <summary>Makes room; the operating system provides the memory when rows are first used.</summary>
    /// <param name="session">The model; outlives the buffer.</param>
    /// <param name="layout">The model's rows.</param>
    /// <param name="rows">The number of rows, at least 1.</param>
    public RowBuffer(ModelSession session, RowLayout layout, int rows)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        (_session, Layout, Rows) = (session, layout, rows);
        (_inputs, _outputs) = (new(layout.Inputs, rows), new(layout.Outputs, rows));
    }

    /// <summary>What a row is.</summary>
    public RowLayout Layout { get; }

    /// <summary>The number of rows.</summary>
    public int Rows { get; }

    /// <summary>The bytes of rows of an input, row-major; the caller writes them before running.</summary>
    /// <param name="tensor">The input's place in <see cref="RowLayout.Inputs"/>.</param>
    /// <param name="row">The first row.</param>
    /// <param name="count">The number of rows.</param>
    public Span<byte> Input(int tensor, int row, int count) => _inputs.Rows(tensor, row, count, Rows);

    /// <summary>The bytes of rows of an output, row-major; whatever the last run left there.</summary>
    /// <param name="tensor">The output's place in <see cref="RowLayout.Outputs"/>.</param>
    /// <param name="row">The first row.</param>
    /// <param name="count">The number of rows.</param>
    public ReadOnlySpan<byte> Output(int tensor, int row, int count) => _outputs.Rows(tensor, row, count, Rows);

    /// <summary>Runs the model on rows that lie side by side. The rows belong to the run until it returns.</summary>
    /// <exception cref="ToolchainException">The run fails (<see cref="ErrorKind.BadInput"/>); the inputs are as they were.</exception>
    public void Run(int row, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Rows - row);
        using var inputs = _inputs.Borrow(row, count);
        using var outputs = _outputs.Borrow(row, count);
        _session.Run(_inputs.Names, inputs.Values, _outputs.Names, outputs.Values);
    }

    /// <summary>Gives the memory back. Nothing may run, read or write any more.</summary>
    public void Dispose()
    {
        _inputs.Free();
        _outputs.Free();
    }

    /// <summary>All inputs, or all outputs.</summary>
    private sealed class Side
    {
        private readonly RowTensor[] _tensors;
        private readonly void*[] _memory;

        public Side(EquatableArray<RowTensor> tensors, int rows)
        {
            (_tensors, Names) = ([.. tensors], [.. tensors.Select(static t => t.Name)]);
            _memory = new void*[tensors.Count];
            for (var i = 0; i < _memory.Length; i++)
            {
                _memory[i] = NativeMemory.AlignedAlloc(checked((nuint)Math.Max(1, (long)rows * tensors[i].Bytes)), Alignment);
            }
        }

        public string[] Names { get; }

        public Span<byte> Rows(int tensor, int row, int count, int rows)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(row);
            ArgumentOutOfRangeException.ThrowIfNegative(count);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(count, rows - row);
            ObjectDisposedException.ThrowIf(_memory[tensor] is null, typeof(RowBuffer));
            return new(Address(tensor, row), checked(count * _tensors[tensor].Bytes));
        }

        public Borrowed Borrow(int row, int count)
        {
            var values = new OrtValue[_tensors.Length];
            for (var i = 0; i < values.Length; i++)
            {
                ObjectDisposedException.ThrowIf(_memory[i] is null, typeof(RowBuffer));
                values[i] = OrtValue.CreateTensorValueWithData(
                    OrtMemoryInfo.DefaultInstance, (TensorElementType)_tensors[i].Type, [count, .. _tensors[i].Dimensions], (nint)Address(i, row), (long)count * _tensors[i].Bytes);
            }

            return new(values);
        }

        public void Free()
        {
            for (var i = 0; i < _memory.Length; i++)
            {
                NativeMemory.AlignedFree(_memory[i]);
                _memory[i] = null;
            }
        }

        private byte* Address(int tensor, int row) => (byte*)_memory[tensor] + ((long)row * _tensors[tensor].Bytes);
    }

    /// <summary>Views of rows as ONNX Runtime takes them.</summary>
    private readonly struct Borrowed(OrtValue[] values) : IDisposable
    {
        public OrtValue[] Values => values;

        public void Dispose()
        {
            foreach (var value in values)
            {
                value.Dispose();
            }
        }
    }
}
