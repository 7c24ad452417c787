using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TorchSharp.Native;

/// <summary>
/// An ATen operator, found by name and overload at its first call. Arguments are positional; trailing ones that are
/// left out take the schema's defaults. Results are owned by the caller.
/// </summary>
internal sealed unsafe class Operator(string name, string overload = "")
{
    private const int StackBytes = 512;

    private nint handle;

    /// <summary>The native operator; throws with libtorch's text where this libtorch does not have it.</summary>
    internal nint Handle => handle != 0 ? handle : handle = Library.Check(Library.FindOperator("aten::" + name, overload));

    /// <summary>Calls the operator and gives its one tensor.</summary>
    internal torch.Tensor Call(params ReadOnlySpan<Argument> arguments)
    {
        Value result;
        Run(arguments, &result, 1);
        return new torch.Tensor(result.Pointer);
    }

    /// <summary>Calls an in-place operator and gives <paramref name="self"/>, the tensor that it changes.</summary>
    internal torch.Tensor InPlace(torch.Tensor self, params ReadOnlySpan<Argument> arguments)
    {
        Run(arguments, null, 0);
        return self;
    }

    /// <summary>Calls the operator and gives its two tensors.</summary>
    internal (torch.Tensor First, torch.Tensor Second) CallPair(params ReadOnlySpan<Argument> arguments)
    {
        var results = stackalloc Value[2];
        Run(arguments, results, 2);
        return (new torch.Tensor(results[0].Pointer), new torch.Tensor(results[1].Pointer));
    }

    /// <summary>Calls the operator and gives its three tensors; an undefined one is null.</summary>
    internal (torch.Tensor? First, torch.Tensor? Second, torch.Tensor? Third) CallTriple(params ReadOnlySpan<Argument> arguments)
    {
        var results = stackalloc Value[3];
        Run(arguments, results, 3);
        return (torch.Tensor.OrNull(results[0].Pointer), torch.Tensor.OrNull(results[1].Pointer), torch.Tensor.OrNull(results[2].Pointer));
    }

    /// <summary>Calls the operator and gives its list of tensors.</summary>
    internal torch.Tensor[] CallList(params ReadOnlySpan<Argument> arguments)
    {
        Value result;
        Run(arguments, &result, 1);
        var handles = (nint*)result.Pointer;
        var tensors = new torch.Tensor[result.Length];
        for (var i = 0; i < tensors.Length; i++)
            tensors[i] = new torch.Tensor(handles[i]);
        Library.FreeList(handles);
        return tensors;
    }

    /// <summary>Calls the operator and gives its one result that is not a tensor.</summary>
    internal Value CallValue(params ReadOnlySpan<Argument> arguments)
    {
        Value result;
        Run(arguments, &result, 1);
        return result;
    }

    [SkipLocalsInit]
    private void Run(ReadOnlySpan<Argument> arguments, Value* results, int capacity)
    {
        var bytes = 0;
        foreach (ref readonly var argument in arguments)
            bytes += argument.ListBytes;
        var stack = stackalloc byte[StackBytes];
        var lists = bytes <= StackBytes ? stack : (byte*)NativeMemory.Alloc((nuint)bytes);
        try
        {
            var values = stackalloc Value[arguments.Length];
            var next = lists;
            for (var i = 0; i < arguments.Length; i++)
            {
                ref readonly var argument = ref arguments[i];
                var size = argument.ListBytes;
                values[i] = size == 0 ? argument.Value : argument.CopiedTo(next);
                next += size;
            }
            Library.Check(Library.Call(Handle, values, arguments.Length, results, capacity));
        }
        finally
        {
            if (lists != stack)
                NativeMemory.Free(lists);
        }
    }
}
