using TorchSharp.Native;

namespace TorchSharp;

/// <summary>Sets gradient recording of the current thread until disposed.</summary>
internal sealed class AutoGradMode : IDisposable
{
    private readonly int previous = Library.GradMode();

    internal AutoGradMode(bool enabled) => Library.SetGradMode(enabled ? 1 : 0);

    public void Dispose() => Library.SetGradMode(previous);
}

/// <summary>Sets inference mode of the current thread until disposed, on the same thread.</summary>
internal sealed class InferenceMode(bool mode) : IDisposable
{
    private nint guard = Library.EnterInferenceMode(mode ? 1 : 0);

    public void Dispose()
    {
        if (guard != 0)
            Library.LeaveInferenceMode(guard);
        guard = 0;
    }
}

public static partial class torch
{
    /// <summary>Stops recording gradients on this thread until the result is disposed.</summary>
    public static IDisposable no_grad() => new AutoGradMode(false);

    public static IDisposable enable_grad(bool enabled = true) => new AutoGradMode(enabled);

    public static IDisposable set_grad_enabled(bool mode = true) => new AutoGradMode(mode);

    public static bool is_grad_enabled() => Library.GradMode() != 0;

    /// <summary>Like <see cref="no_grad"/>, and cheaper: tensors made in it can never take part in autograd.</summary>
    public static IDisposable inference_mode(bool mode = true) => new InferenceMode(mode);

    public static bool is_inference_mode_enabled() => Library.IsInferenceMode() != 0;

    /// <summary>Reverse-mode differentiation.</summary>
    public static partial class autograd
    {
        /// <summary>The gradients of the outputs with respect to the inputs; an unused input's is an empty tensor when allowed.</summary>
        public static unsafe IList<Tensor> grad(IList<Tensor> outputs, IList<Tensor> inputs, IList<Tensor>? grad_outputs = null,
            bool retain_graph = false, bool create_graph = false, bool allow_unused = false)
        {
            var results = new nint[inputs.Count];
            fixed (nint* outs = Handles(outputs), ins = Handles(inputs), gradients = Handles(grad_outputs), found = results)
                Library.Check(Library.Gradients(outs, gradients, outputs.Count, ins, inputs.Count,
                    retain_graph ? 1 : 0, create_graph ? 1 : 0, allow_unused ? 1 : 0, found));
            GC.KeepAlive(outputs);
            GC.KeepAlive(inputs);
            GC.KeepAlive(grad_outputs);
            return results.Select(handle => new Tensor(handle)).ToList();
        }

        /// <summary>Adds the gradients of the tensors to their leaves (or to <paramref name="inputs"/> only).</summary>
        public static unsafe void backward(IList<Tensor> tensors, IList<Tensor>? grad_tensors = null, bool? retain_graph = null,
            bool create_graph = false, IList<Tensor>? inputs = null)
        {
            fixed (nint* outs = Handles(tensors), gradients = Handles(grad_tensors), ins = Handles(inputs))
                Library.Check(Library.Backward(outs, gradients, tensors.Count, retain_graph ?? create_graph ? 1 : 0, create_graph ? 1 : 0,
                    ins, inputs?.Count ?? 0));
            GC.KeepAlive(tensors);
            GC.KeepAlive(grad_tensors);
            GC.KeepAlive(inputs);
        }

        public static void backward(Tensor tensor, IList<Tensor>? grad_tensors = null, bool? retain_graph = null,
            bool create_graph = false, IList<Tensor>? inputs = null) =>
            backward([tensor], grad_tensors, retain_graph, create_graph, inputs);

        public static void backward(Tensor tensor, Tensor grad_tensor, bool? retain_graph = null,
            bool create_graph = false, IList<Tensor>? inputs = null) =>
            backward([tensor], [grad_tensor], retain_graph, create_graph, inputs);

        private static nint[]? Handles(IList<Tensor>? tensors) => tensors?.Select(tensor => (nint)tensor.Handle).ToArray();
    }
}
