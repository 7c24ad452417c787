using Toolchain.Train.Profiling;
using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Execution;

/// <content>
/// A training pass whose every node is timed, forward and backward. libtorch computes the gradients of a whole graph in one call; here the graph is cut
/// behind each node, and the pieces' gradients are computed one after the other in the reverse order, which is the order of that one call too. So each time is that of
/// the very computation, and weights get the gradients that they get otherwise. What is written over in place stays in one piece with its maker: a
/// convolution and the rectifier behind it are timed apart forward, and together backward.
/// </content>
public sealed partial class GraphExecutor
{
    private readonly List<Cut> _cuts = [];
    private Piece[]? _pieces;

    /// <summary>Takes down the time of every node; null, the default, for nobody, at the cost of one comparison a node.</summary>
    internal ProfileRecorder? Recorder { get; set; }

    private ProfilePart Part => _recomputing ? ProfilePart.Recompute : Training ? ProfilePart.Forward : ProfilePart.Validation;

    private Tensor ForwardInPieces(Tensor input)
    {
        _pieces ??= Pieces(_steps);
        _cuts.Clear();
        try
        {
            _values[_graph.Inputs[0].Name] = input;
            _firstOwn = 0;
            foreach (var step in _steps)
            {
                Run(step);
                Release(step);
                if (_pieces[step.Index] is var piece && piece.Last == step.Index)
                {
                    CutBehind(step, piece);
                }
            }

            return Result();
        }
        finally
        {
            Forget();
        }
    }

    private void BackwardInPieces(Tensor loss, ProfileRecorder recorder)
    {
        var from = recorder.Now;
        loss.backward();
        recorder.Add(ProfilePart.Backward, from, LossGradient);
        for (var i = _cuts.Count - 1; i >= 0;)
        {
            from = recorder.Now;
            var piece = _cuts[i].Piece;
            var (values, gradients) = (new List<Tensor>(), new List<Tensor>());
            for (; i >= 0 && _cuts[i].Piece == piece; i--)
            {
                if (_cuts[i].Leaf.grad is { } gradient)
                {
                    values.Add(_cuts[i].Value);
                    gradients.Add(gradient);
                }

                _cuts[i].Leaf.Dispose();
            }

            if (values.Count > 0)
            {
                autograd.backward(values, gradients);
                recorder.Add(ProfilePart.Backward, from, piece);
            }

            // What the piece has kept for its gradients is no longer needed.
            foreach (var spent in values.Concat(gradients))
            {
                spent.Dispose();
            }
        }

        _cuts.Clear();
    }

    // Later nodes read a leaf in the value's place: it collects the gradient that the value's piece starts from.
    private void CutBehind(Step step, Piece piece)
    {
        foreach (var name in step.Outputs)
        {
            if (_values.TryGetValue(name, out var value) && value.requires_grad)
            {
                var leaf = value.detach().requires_grad_();
                _cuts.Add(new(piece, value, leaf));
                _values[name] = leaf.alias();
            }
        }
    }

    /// <summary>The piece of each step.</summary>
    private static Piece[] Pieces(Step[] steps)
    {
        var members = steps.Select(static s => new List<Step> { s }).ToArray();
        foreach (var step in steps)
        {
            foreach (var spent in step.Spent)
            {
                var joined = members[spent.Maker];
                members[step.Index].InsertRange(0, joined);
                joined.ForEach(s => members[s.Index] = members[step.Index]);
            }
        }

        var pieces = members.Distinct().ToDictionary(static m => m, static m => new Piece([.. m.OrderBy(static s => s.Index)]));
        return [.. members.Select(m => pieces[m])];
    }

    private static NamedWork LossGradient { get; } = new("loss", "");

    /// <summary>Nodes whose gradients are computed together.</summary>
    private sealed class Piece(Step[] steps) : IProfiledWork
    {
        /// <summary>The step that ends it.</summary>
        public int Last { get; } = steps[^1].Index;

        /// <inheritdoc/>
        public string Place { get; } = string.Join(" + ", steps.Select(static s => s.Node.Name));

        /// <inheritdoc/>
        public string Operation { get; } = string.Join(" + ", steps.Select(static s => s.Node.Op.Type));
    }

    /// <summary>A place where the graph is cut.</summary>
    private sealed record Cut(Piece Piece, Tensor Value, Tensor Leaf);
}
