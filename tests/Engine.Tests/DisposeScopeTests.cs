using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Engine.Tests;

public sealed class DisposeScopeTests
{
    [Fact]
    public void A_scope_disposes_what_was_made_in_it()
    {
        Tensor inside, kept;
        using var outside = zeros(1);
        using (var scope = NewDisposeScope())
        {
            inside = ones(1);
            kept = ones(1).DetachFromDisposeScope();
            Assert.Equal(1, scope.DisposablesCount);
            Assert.True(scope.Contains(inside));
            Assert.Same(scope, CurrentDisposeScope);
        }
        Assert.True(inside.IsInvalid);
        Assert.False(kept.IsInvalid);
        Assert.False(outside.IsInvalid);
        Assert.Null(CurrentDisposeScope);
        kept.Dispose();
    }

    [Fact]
    public void A_tensor_moves_to_the_scope_around_or_out_of_all_scopes()
    {
        Tensor moved, free;
        using (var outer = NewDisposeScope())
        {
            using (var inner = NewDisposeScope())
            {
                moved = inner.MoveToOuter(ones(1));
                free = ones(1).MoveToOuterDisposeScope();
                Assert.Equal(0, inner.DisposablesCount);
            }
            Assert.False(moved.IsInvalid);
            Assert.Equal(2, outer.DisposablesCount);
            outer.Detach(free);
        }
        Assert.True(moved.IsInvalid);
        Assert.False(free.IsInvalid);
        free.Dispose();
        using var alone = NewDisposeScope();
        using var loose = ones(1).MoveToOuterDisposeScope();
        Assert.Equal(0, alone.DisposablesCount);
    }

    [Fact]
    public void Everything_but_some_is_disposed()
    {
        using var scope = NewDisposeScope();
        var (a, b, c) = (ones(1), ones(1), ones(1));
        Assert.Equal((a, b), scope.DisposeEverythingBut(a, b));
        Assert.True(c.IsInvalid);
        Assert.Equal(2, scope.DisposablesCount);
        Assert.Same(b, scope.DisposeEverythingBut(b));
        Assert.True(a.IsInvalid);
        scope.DisposeEverything();
        Assert.True(b.IsInvalid);
        Assert.Equal(0, scope.DisposablesCount);
    }

    [Fact]
    public void Tensors_disposed_on_their_own_leave_the_scope()
    {
        using var scope = NewDisposeScope();
        var tensors = Enumerable.Range(0, 5).Select(_ => ones(1)).ToArray();
        tensors[0].Dispose();
        tensors[3].Dispose();
        tensors[3].Dispose();
        Assert.Equal(3, scope.DisposablesCount);
        Assert.Equal([false, true, true, false, true], tensors.Select(scope.Contains));
    }

    [Fact]
    public void Scopes_belong_to_their_thread()
    {
        using var scope = NewDisposeScope();
        Tensor? elsewhere = null;
        var thread = new Thread(() => elsewhere = ones(1));
        thread.Start();
        thread.Join();
        Assert.False(scope.Contains(elsewhere!));
        scope.Attach(elsewhere!);
        Assert.True(scope.Contains(elsewhere!));
    }

    [Fact]
    public void A_tensor_moves_to_the_scope_of_another()
    {
        using var scope = NewDisposeScope();
        var anchor = ones(1);
        var inner = NewDisposeScope();
        var moved = ones(1).MoveToOtherDisposeScope(anchor);
        inner.Dispose();
        Assert.False(moved.IsInvalid);
        Assert.True(scope.Contains(moved));
    }

    [Fact]
    public void A_closed_scope_refuses_and_a_second_close_does_nothing()
    {
        var scope = NewDisposeScope();
        scope.Dispose();
        scope.Dispose();
        Assert.Throws<ObjectDisposedException>(() => scope.DisposablesCount);
        Assert.Throws<ObjectDisposedException>(scope.DisposeEverything);
    }

    [Fact]
    public void Scopes_may_close_out_of_order()
    {
        var outer = NewDisposeScope();
        var inner = NewDisposeScope();
        outer.Dispose();
        Assert.Same(inner, CurrentDisposeScope);
        inner.Dispose();
        Assert.Null(CurrentDisposeScope);
    }

    [Fact]
    public void Statistics_count_this_thread()
    {
        var statistics = DisposeScopeManager.Statistics;
        statistics.Reset();
        var outside = ones(1);
        using (var scope = NewDisposeScope())
        {
            ones(1).Dispose();
            _ = ones(1);
            scope.Detach(ones(1)).Dispose();
            scope.Attach(outside);
        }
        Assert.Equal((1, 3), (statistics.CreatedOutsideScopeCount, statistics.CreatedInScopeCount));
        Assert.Equal((1, 3), (statistics.DisposedOutsideScopeCount, statistics.DisposedInScopeCount));
        Assert.Equal((1, 1), (statistics.AttachedToScopeCount, statistics.DetachedFromScopeCount));
        Assert.Equal(0, statistics.ThreadTotalLiveCount);
    }
}
