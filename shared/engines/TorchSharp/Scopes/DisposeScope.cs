using System.Runtime.InteropServices;

namespace TorchSharp;

/// <summary>
/// Owns the tensors that were made on its thread while it was the innermost scope, and disposes them when it is
/// disposed. A tensor belongs to one scope at most and can be moved outwards, to another scope, or out of all of them.
/// </summary>
public sealed class DisposeScope : IDisposable
{
    private readonly List<torch.Tensor> tensors = [];
    private DisposeScopeManager? manager;

    internal DisposeScope(DisposeScopeManager manager)
    {
        this.manager = manager;
        OuterScope = manager.CurrentDisposeScope;
    }

    internal DisposeScope? OuterScope { get; set; }

    /// <summary>A snapshot of what the scope holds.</summary>
    public IReadOnlyList<IDisposable> DisposablesView => [.. Open.tensors];

    public int DisposablesCount => Open.tensors.Count;

    private DisposeScope Open => manager is null ? throw new ObjectDisposedException(GetType().FullName) : this;

    public T MoveToOuter<T>(T disposable)
        where T : IDisposable
    {
        MoveToOther(OuterScope, disposable);
        return disposable;
    }

    public (T1 first, T2 second) MoveToOuter<T1, T2>(T1 first, T2 second)
        where T1 : IDisposable
        where T2 : IDisposable => MoveToOther(OuterScope, first, second);

    public (T1 first, T2 second, T3 third) MoveToOuter<T1, T2, T3>(T1 first, T2 second, T3 third)
        where T1 : IDisposable
        where T2 : IDisposable
        where T3 : IDisposable => MoveToOther(OuterScope, first, second, third);

    public void MoveToOuter(params IDisposable[] disposables) => MoveToOther(OuterScope, (IEnumerable<IDisposable>)disposables);

    public void MoveToOuter(IEnumerable<IDisposable> disposables) => MoveToOther(OuterScope, disposables);

    /// <summary>Hands a member to another scope; null takes it out of all scopes. What is not a member stays where it is.</summary>
    public T MoveToOther<T>(DisposeScope? scope, T disposable)
        where T : IDisposable
    {
        Move(scope, disposable);
        return disposable;
    }

    public (T1 first, T2 second) MoveToOther<T1, T2>(DisposeScope? scope, T1 first, T2 second)
        where T1 : IDisposable
        where T2 : IDisposable
    {
        Move(scope, first);
        Move(scope, second);
        return (first, second);
    }

    public (T1 first, T2 second, T3 third) MoveToOther<T1, T2, T3>(DisposeScope? scope, T1 first, T2 second, T3 third)
        where T1 : IDisposable
        where T2 : IDisposable
        where T3 : IDisposable
    {
        Move(scope, first);
        Move(scope, second);
        Move(scope, third);
        return (first, second, third);
    }

    public void MoveToOther(DisposeScope? scope, params IDisposable[] disposables) => MoveToOther(scope, (IEnumerable<IDisposable>)disposables);

    public void MoveToOther(DisposeScope? scope, IEnumerable<IDisposable> disposables)
    {
        foreach (var disposable in disposables)
            Move(scope, disposable);
    }

    /// <summary>Takes a member out of all scopes: whoever holds it disposes it.</summary>
    public T Detach<T>(T disposable)
        where T : IDisposable => MoveToOther(null, disposable);

    public (T1 first, T2 second) Detach<T1, T2>(T1 first, T2 second)
        where T1 : IDisposable
        where T2 : IDisposable => MoveToOther(null, first, second);

    public (T1 first, T2 second, T3 third) Detach<T1, T2, T3>(T1 first, T2 second, T3 third)
        where T1 : IDisposable
        where T2 : IDisposable
        where T3 : IDisposable => MoveToOther(null, first, second, third);

    public void Detach(params IDisposable[] disposables) => MoveToOther(null, (IEnumerable<IDisposable>)disposables);

    public void Detach(IEnumerable<IDisposable> disposables) => MoveToOther(null, disposables);

    /// <summary>Takes a tensor into this scope, out of the one that it is in.</summary>
    public void Attach(IDisposable disposable) => Attach((IEnumerable<IDisposable>)[disposable]);

    public void Attach(params IDisposable[] disposables) => Attach((IEnumerable<IDisposable>)disposables);

    public IReadOnlyList<IDisposable> Attach(IEnumerable<IDisposable> disposables)
    {
        var attached = new List<IDisposable>();
        foreach (var disposable in disposables)
        {
            if (disposable is not torch.Tensor tensor)
                throw new InvalidOperationException("DisposeScope can only manage Tensor or PackedSequence");
            if (!ReferenceEquals(tensor.OwningDisposeScope, Open))
            {
                tensor.OwningDisposeScope?.Remove(tensor);
                Add(tensor);
                tensor.OwningDisposeScope = this;
                manager!.StatisticsInstance.Tensors.AttachedToScopeCount++;
            }
            attached.Add(disposable);
        }
        return attached;
    }

    public void DisposeEverything()
    {
        var members = CollectionsMarshal.AsSpan(Open.tensors);
        for (var i = members.Length - 1; i >= 0; i--)
            members[i].Dispose();
    }

    /// <summary>Disposes the members except those given; they stay members.</summary>
    public void DisposeEverythingBut(IEnumerable<IDisposable> inKeep)
    {
        var keep = new HashSet<IDisposable>(inKeep, ReferenceEqualityComparer.Instance);
        foreach (var member in Open.tensors.Where(member => !keep.Contains(member)).ToArray())
            member.Dispose();
    }

    public void DisposeEverythingBut(params IDisposable[] keep) => DisposeEverythingBut((IEnumerable<IDisposable>)keep);

    public T DisposeEverythingBut<T>(T keep)
        where T : IDisposable
    {
        DisposeEverythingBut((IEnumerable<IDisposable>)[keep]);
        return keep;
    }

    public (T1 first, T2 second) DisposeEverythingBut<T1, T2>(T1 first, T2 second)
        where T1 : IDisposable
        where T2 : IDisposable
    {
        DisposeEverythingBut((IEnumerable<IDisposable>)[first, second]);
        return (first, second);
    }

    public (T1 first, T2 second, T3 third) DisposeEverythingBut<T1, T2, T3>(T1 first, T2 second, T3 third)
        where T1 : IDisposable
        where T2 : IDisposable
        where T3 : IDisposable
    {
        DisposeEverythingBut((IEnumerable<IDisposable>)[first, second, third]);
        return (first, second, third);
    }

    /// <summary>Disposes the members and closes the scope; a second time does nothing.</summary>
    public void Dispose()
    {
        if (manager is null)
            return;
        DisposeEverything();
        manager.RemoveDisposeScope(this);
        manager = null;
    }

    /// <summary>Forgets a member that was disposed on its own.</summary>
    public void MarkAsDisposed(IDisposable disposable)
    {
        if (disposable is torch.Tensor tensor && ReferenceEquals(tensor.OwningDisposeScope, Open))
        {
            Remove(tensor);
            tensor.OwningDisposeScope = null;
        }
    }

    public bool Contains(IDisposable disposable) =>
        disposable is torch.Tensor tensor && ReferenceEquals(tensor.OwningDisposeScope, this);

    internal void Add(torch.Tensor tensor)
    {
        tensor.ScopePosition = tensors.Count;
        tensors.Add(tensor);
    }

    /// <summary>Lets <paramref name="replacement"/> take the place of a member.</summary>
    internal void Replace(torch.Tensor original, torch.Tensor replacement)
    {
        original.OwningDisposeScope = null;
        replacement.ScopePosition = original.ScopePosition;
        replacement.OwningDisposeScope = this;
        tensors[original.ScopePosition] = replacement;
    }

    private void Move(DisposeScope? scope, IDisposable disposable)
    {
        if (disposable is not torch.Tensor tensor || !ReferenceEquals(tensor.OwningDisposeScope, Open) || ReferenceEquals(scope, this))
            return;
        Remove(tensor);
        tensor.OwningDisposeScope = scope;
        if (scope is null)
            manager!.StatisticsInstance.Tensors.DetachedFromScopeCount++;
        else
            scope.Add(tensor);
    }

    private void Remove(torch.Tensor tensor)
    {
        var last = tensors.Count - 1;
        var moved = tensors[last];
        tensors[tensor.ScopePosition] = moved;
        moved.ScopePosition = tensor.ScopePosition;
        tensors.RemoveAt(last);
    }
}
