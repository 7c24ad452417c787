using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Optimization;

/// <summary>
/// Muon (Jordan et al. 2024; also <c>torch.optim.Muon</c>): the momentum of a matrix of weights is brought near the closest matrix with orthonormal
/// rows or columns before it is applied, so that every direction of a layer learns alike. v ← μ·v + g, u ← orthogonal(g + μ·v),
/// p ← (1 − lr·λ)·p − lr·√max(1, rows / columns)·u. A convolution's filters are the matrix [outputs, inputs·height·width]. What has fewer rows or
/// columns than <paramref name="least"/> (biases, normalisations, the filters on an image, the scores of a few classes) has nothing to
/// equalise: there u is g + μ·v itself, as in <see cref="Sgd"/> with Nesterov momentum.
/// </summary>
/// <param name="groups">What to update.</param>
/// <param name="standardMomentum">μ unless a step says otherwise; 0.95 by default.</param>
/// <param name="least">Fewest rows and columns of a matrix; 16 by default.</param>
public sealed class Muon(IReadOnlyList<ParameterGroup> groups, double standardMomentum = 0.95, int least = 16) : Optimizer(groups)
{
    private const string Velocity = "momentum";
    private const int Iterations = 5;

    // The quintic whose repetition takes singular values from (0, 1] to about 1 the fastest, with a slope of 3.4 at 0 (Jordan et al. 2024).
    private const float A = 3.4445f;
    private const float B = -4.7750f;
    private const float C = 2.0315f;
    private const float Epsilon = 1e-7f;

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Kinds => [Velocity];

    /// <summary>
    /// An approximation of U·Vᵀ where m = U·S·Vᵀ, by five steps of a Newton–Schulz iteration: singular values come to lie within about 0.7 and 1.2.
    /// </summary>
    /// <param name="matrix">Two dimensions; not changed.</param>
    /// <returns>A tensor of the same shape, which belongs to the current dispose scope.</returns>
    public static Tensor Orthogonalize(Tensor matrix)
    {
        using var scope = NewDisposeScope();
        var tall = matrix.shape[0] > matrix.shape[1];
        var x = tall ? matrix.t() : matrix;
        x = x.div(x.norm().add(Epsilon));
        for (var i = 0; i < Iterations; i++)
        {
            var square = x.mm(x.t());
            x = x.addmm(square.addmm(square, square, B, C), x, A, 1);
        }

        return (tall ? x.t() : x).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected override void Update(Tensor parameter, Tensor gradient, ParameterState state, ParameterRate rate)
    {
        var rows = parameter.shape[0];
        var columns = parameter.numel() / rows;
        var isMatrix = parameter.ndim > 1 && Math.Min(rows, columns) >= least;
        if (rate.WeightDecay != 0)
        {
            parameter.mul_(1 - (rate.LearningRate * rate.WeightDecay));
        }

        var mu = rate.Momentum ?? standardMomentum;
        var velocity = state.Find(Velocity, parameter);
        velocity.mul_(mu).add_(gradient);
        gradient.add_(velocity, mu);
        if (isMatrix)
        {
            var direction = Orthogonalize(gradient.reshape(rows, columns)).reshape(parameter.shape);
            parameter.add_(direction, -rate.LearningRate * Math.Sqrt(Math.Max(1, (double)rows / columns)));
        }
        else
        {
            parameter.add_(gradient, -rate.LearningRate);
        }
    }
}
