using System.Runtime.CompilerServices;
using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>
    /// A tensor of libtorch, with the package's signatures and PyTorch's meaning. It owns one reference to the native
    /// tensor and gives it up when disposed, when its dispose scope ends or when it is finalised. Every method that
    /// gives a tensor gives a new one that the caller (or the current scope) disposes; methods whose names end in
    /// <c>_</c> change this tensor and give it back. What libtorch refuses is thrown as
    /// <see cref="System.Runtime.InteropServices.ExternalException"/> with libtorch's text.
    /// </summary>
    public partial class Tensor : IDisposable
    {
        internal nint handle;

        internal Tensor(nint handle, bool register = true)
        {
            this.handle = handle;
            if (register)
                OwningDisposeScope = DisposeScopeManager.ThreadSingleton.RegisterOnCurrentDisposeScope(this);
        }

        ~Tensor() => Dispose(false);

        internal DisposeScope? OwningDisposeScope { get; set; }

        /// <summary>The tensor's place in its scope's list.</summary>
        internal int ScopePosition { get; set; }

        /// <summary>A name for people; libtorch does not know it.</summary>
        public string? name { get; set; }

        /// <summary>The native tensor; throws <see cref="InvalidOperationException"/> once disposed.</summary>
        public IntPtr Handle
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get
            {
                if (handle == 0)
                    ThrowInvalid();
                return handle;
            }
        }

        /// <summary>True once disposed.</summary>
        public bool IsInvalid => handle == 0;

        /// <summary>How many native tensors this process holds; a count that keeps growing is a leak.</summary>
        public static long TotalCount => Library.LiveTensors();

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
            if (handle == 0)
                return;
            if (disposing)
            {
                DisposeScopeManager.ThreadSingleton.DisposingOnCurrentScope(this);
                OwningDisposeScope?.MarkAsDisposed(this);
            }
            Library.Release(handle);
            handle = 0;
        }

        /// <summary>A second handle to the same native tensor, to be disposed on its own.</summary>
        public Tensor alias()
        {
            var result = new Tensor(Library.Alias(Handle));
            GC.KeepAlive(this);
            return result;
        }

        /// <summary>Hands the tensor to the scope around its own; without one it belongs to no scope.</summary>
        public Tensor MoveToOuterDisposeScope()
        {
            OwningDisposeScope?.MoveToOuter(this);
            return this;
        }

        /// <summary>Takes the tensor out of all scopes: whoever holds it disposes it.</summary>
        public Tensor DetachFromDisposeScope()
        {
            OwningDisposeScope?.Detach(this);
            return this;
        }

        public Tensor MoveToOtherDisposeScope(Tensor other) => MoveToOtherDisposeScope(other.OwningDisposeScope);

        public Tensor MoveToOtherDisposeScope(DisposeScope? other)
        {
            if (OwningDisposeScope is null)
                other?.Attach(this);
            else
                OwningDisposeScope.MoveToOther(other, this);
            return this;
        }

        public override bool Equals(object? obj) => obj is Tensor other && Equals(other);

        public override int GetHashCode() => RuntimeHelpers.GetHashCode(this);

        public override string ToString() =>
            IsInvalid ? "" : $"[{string.Join("x", shape)}], type = {dtype}, device = {device}";

        internal static Tensor? OrNull(nint handle) => handle == 0 ? null : new Tensor(handle);

        /// <summary>Takes the native tensor out of this object, which is empty from then on.</summary>
        internal nint MoveHandle()
        {
            var moved = Handle;
            handle = 0;
            return moved;
        }

        private static void ThrowInvalid() => throw new InvalidOperationException("Tensor invalid -- empty handle.");
    }
}
