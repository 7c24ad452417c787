using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        private static readonly Operator detachOp = new("detach");
        private static readonly Operator detachInPlaceOp = new("detach_");

        public bool is_leaf => Alive(Library.Check(Library.IsLeaf(Handle)) != 0);

        public bool requires_grad
        {
            get => Alive(Library.Check(Library.RequiresGrad(Handle)) != 0);
            set => Alive(Library.Check(Library.SetRequiresGrad(Handle, value ? 1 : 0)));
        }

        /// <summary>The accumulated gradient, null before the first backward pass; each reading gives a new handle.</summary>
        public unsafe Tensor? grad
        {
            get
            {
                nint gradient;
                Alive(Library.Check(Library.Grad(Handle, &gradient)));
                return OrNull(gradient);
            }
            set
            {
                Library.Check(Library.SetGrad(Handle, value is null ? 0 : value.Handle));
                GC.KeepAlive(this);
                GC.KeepAlive(value);
            }
        }

        public Tensor requires_grad_(bool requires_grad = true)
        {
            this.requires_grad = requires_grad;
            return this;
        }

        public Tensor with_requires_grad(bool requires_grad = true) => requires_grad_(requires_grad);

        /// <summary>Keeps the gradient of a tensor that is not a leaf.</summary>
        public void retain_grad() => Alive(Library.Check(Library.RetainGrad(Handle)));

        /// <summary>Adds the gradients of this scalar to its leaves.</summary>
        public void backward() => autograd.backward(this);

        public void backward(IList<Tensor>? grad_tensors = null, bool retain_graph = false, bool create_graph = false, IList<Tensor>? inputs = null) =>
            autograd.backward([this], grad_tensors, retain_graph, create_graph, inputs);

        /// <summary>The same values outside the graph, sharing memory.</summary>
        public Tensor detach() => detachOp.Call(this);

        public Tensor detach_() => detachInPlaceOp.InPlace(this, this);
    }
}
