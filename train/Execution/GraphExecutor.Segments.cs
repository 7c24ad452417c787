using Toolchain.Graphs;
using Toolchain.Train.Profiling;
using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Execution;

/// <content>
/// Gradient checkpointing (Chen et al. 2016, arXiv 1604.06174; notes: Gradient Checkpointing): the forward pass keeps only the values between segments,
/// and backward computes each segment again when it comes to it. Dropout draws the same masks again, because they are functions of the
/// pass, and batch norms do not count the batch twice, so gradients and statistics are those of the plain pass.
/// </content>
public sealed partial class GraphExecutor
{
    private readonly Stack<Segment> _tape = new();
    private IReadOnlyList<SegmentPlan> _segments = [];
    private bool _recomputing;

    /// <summary>Into how many segments a training pass is cut; 1, the default, keeps every value until backward.</summary>
    public int CheckpointSegments
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
            _segments = value == 1 ? [] : SegmentPlan.Cut(_graph, _steps, value);
        }
    } = 1;

    /// <summary>
    /// The forward pass of a training step; <see cref="Backward"/> must follow with a loss made from its result.
    /// </summary>
    /// <param name="input">As for <see cref="Forward"/>; gets no gradient.</param>
    /// <returns>As <see cref="Forward"/> does.</returns>
    public Tensor ForwardForBackward(Tensor input)
    {
        using var timed = Recorder?.Measure(ProfilePart.Forward);
        if (_segments.Count == 0)
        {
            return Recorder is null ? Forward(input) : ForwardInPieces(input);
        }

        _tape.Clear();
        try
        {
            _values[_graph.Inputs[0].Name] = input;
            foreach (var plan in _segments.SkipLast(1))
            {
                RunWithoutGradient(plan);
            }

            // Backward begins with the last segment, so its values are kept as they are.
            var last = Open(_segments[^1]);
            RunAll(last.Plan);
            var result = Result();
            _tape.Push(last);
            return result;
        }
        finally
        {
            Forget();
        }
    }

    /// <summary>Adds the loss's gradients to the parameters that want one.</summary>
    /// <param name="loss">A scalar made from the result of <see cref="ForwardForBackward"/>.</param>
    public void Backward(Tensor loss)
    {
        using var timed = Recorder?.Measure(ProfilePart.Backward);
        if (_segments.Count == 0 && Recorder is { } recorder)
        {
            BackwardInPieces(loss, recorder);
            return;
        }

        var from = Recorder?.Now ?? 0;
        loss.backward();
        if (_tape.Count == 0)
        {
            return;
        }

        Recorder?.Add(ProfilePart.Backward, from, _tape.Peek().Plan);

        var gradients = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        Collect(_tape.Pop(), gradients);
        _recomputing = true;
        try
        {
            while (_tape.TryPop(out var segment))
            {
                Recompute(segment, gradients);
            }
        }
        finally
        {
            _recomputing = false;
            Forget();
        }
    }

    private void RunWithoutGradient(SegmentPlan plan)
    {
        // The values that the segment reads outlive it here, under handles of their own.
        _tape.Push(new(plan, plan.Reads.ToDictionary(static name => name, name => _values[name].alias(), StringComparer.Ordinal)));
        using var frozen = no_grad();
        RunAll(plan);
        ForgetCasts();
    }

    /// <summary>Replaces what a segment reads by leaves that collect gradients.</summary>
    private Segment Open(SegmentPlan plan)
    {
        var leaves = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var name in plan.Reads)
        {
            leaves.Add(name, Leaf(name, _values[name]));
            _values[name] = leaves[name].alias();
        }

        return new(plan, leaves);
    }

    private void Recompute(Segment segment, Dictionary<string, Tensor> gradients)
    {
        using var scope = NewDisposeScope();
        var leaves = segment.Values.ToDictionary(static v => v.Key, v => Leaf(v.Key, v.Value), StringComparer.Ordinal);
        foreach (var (name, leaf) in leaves)
        {
            _values[name] = leaf.alias();
        }

        RunAll(segment.Plan);
        string[] outputs = [.. segment.Plan.Writes.Where(name => gradients.ContainsKey(name) && _values[name].requires_grad)];
        if (outputs.Length > 0)
        {
            var from = Recorder?.Now ?? 0;
            autograd.backward([.. outputs.Select(name => _values[name])], [.. outputs.Select(name => gradients[name])]);
            Recorder?.Add(ProfilePart.Backward, from, segment.Plan);
        }

        foreach (var name in segment.Plan.Writes)
        {
            if (gradients.Remove(name, out var used))
            {
                used.Dispose();
            }
        }

        Collect(new(segment.Plan, leaves), gradients);
        foreach (var value in segment.Values.Values)
        {
            value.Dispose();
        }

        Forget();
    }

    // A value may be read by several segments; its gradient is the sum over them.
    private static void Collect(Segment segment, Dictionary<string, Tensor> gradients)
    {
        using var frozen = no_grad();
        foreach (var (name, leaf) in segment.Values)
        {
            if (leaf.requires_grad && leaf.grad is { } gradient)
            {
                var sum = gradients.TryGetValue(name, out var others) ? others.add(gradient) : gradient.alias();
                others?.Dispose();
                gradients[name] = sum.DetachFromDisposeScope();
            }
        }
    }

    private Tensor Leaf(string name, Tensor value)
    {
        var leaf = value.detach();
        return name != _graph.Inputs[0].Name && leaf.is_floating_point() ? leaf.requires_grad_() : leaf;
    }

    private void RunAll(SegmentPlan plan)
    {
        _firstOwn = plan.Steps[0].Index;
        foreach (var step in plan.Steps)
        {
            Run(step);
            Release(step);
        }
    }

    private void ForgetCasts()
    {
        foreach (var cast in _casts.Values)
        {
            cast.Dispose();
        }

        _casts.Clear();
    }

    /// <summary>A segment and the values it starts from.</summary>
    private sealed record Segment(SegmentPlan Plan, IReadOnlyDictionary<string, Tensor> Values);
}
