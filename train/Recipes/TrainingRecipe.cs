using Toolchain.Data;
using Toolchain.Train.Optimization;

namespace Toolchain.Train.Recipes;

/// <summary>
/// How a network is trained: everything that decides the weights, except the network, the data and the machine. Options, recipe files and manifests
/// all write it as <see cref="RecipeSettings"/> lists it.
/// </summary>
public sealed partial record TrainingRecipe
{
    /// <summary>Passes over the training split; 5 by default. Null for as many as <see cref="MaxSteps"/> takes.</summary>
    public int? Epochs { get; init; } = 5;

    /// <summary>Images per pass through the network; 128 by default. Null for the largest power of two that fits into memory.</summary>
    public int? BatchSize { get; init; } = 128;

    /// <summary>Batches whose gradients are averaged for one optimiser step; 1 by default.</summary>
    public int Accumulate { get; init; } = 1;

    /// <summary>Ends the run after this many steps, or with the last epoch if that comes first; null, the default, trains all epochs.</summary>
    public long? MaxSteps { get; init; }

    /// <summary>Ends the run when the validation result has not improved for this many epochs; null, the default, never does.</summary>
    public int? EarlyStop { get; init; }

    /// <summary>The share of training images that are kept apart to choose the best epoch; 0.1 by default.</summary>
    public double ValidationShare { get; init; } = 0.1;

    /// <summary>The optimiser; Adam by default.</summary>
    public OptimizerKind Optimizer { get; init; } = OptimizerKind.Adam;

    /// <summary>The learning rate, with one-cycle the highest; null, the default, takes 0.002 for Adam and AdamW, 0.1 for SGD, 0.001 for RMSprop.</summary>
    public double? LearningRate { get; init; }

    /// <summary>Momentum of SGD and RMSprop; null, the default, takes 0.9 for SGD and 0 for RMSprop. A one-cycle schedule moves SGD's between 0.85 and 0.95.</summary>
    public double? Momentum { get; init; }

    /// <summary>Nesterov's form of SGD's momentum; off by default.</summary>
    public bool Nesterov { get; init; }

    /// <summary>λ of the optimiser: AdamW shrinks weights by lr·λ, the others add λ·w to the gradient; null, the default, takes 0.01 for AdamW and 0 otherwise.</summary>
    public double? WeightDecay { get; init; }

    /// <summary>Leaves biases and the parameters of normalisations without weight decay; off by default.</summary>
    public bool NoDecayNormBias { get; init; }

    /// <summary>Learning rates of parameters chosen by name: <c>classifier=0.001</c> (notes: Differential Learning Rates); none by default.</summary>
    public EquatableArray<PatternValue> LearningRates { get; init; } = [];

    /// <summary>Weight decays of parameters chosen by name; none by default.</summary>
    public EquatableArray<PatternValue> WeightDecays { get; init; } = [];

    /// <summary>The schedule; one cycle by default.</summary>
    public ScheduleKind Schedule { get; init; } = ScheduleKind.OneCycle;

    /// <summary>Epochs between two decays of the step schedule; 1 by default.</summary>
    public int StepSize { get; init; } = 1;

    /// <summary>The epochs after which the multi-step schedule decays.</summary>
    public EquatableArray<int> Milestones { get; init; } = [];

    /// <summary>The factor of the step, multi-step, exponential and plateau schedules; 0.1 by default, as PyTorch's.</summary>
    public double Gamma { get; init; } = 0.1;

    /// <summary>Epochs of one cycle of the cosine-restarts schedule; 10 by default.</summary>
    public int Cycle { get; init; } = 10;

    /// <summary>The exponent of the polynomial schedule; 1 by default.</summary>
    public double Power { get; init; } = 1;

    /// <summary>The lowest rate of the cosine and plateau schedules; 0 by default.</summary>
    public double MinLearningRate { get; init; }

    /// <summary>Epochs without improvement after which the plateau schedule decays; 10 by default.</summary>
    public int Patience { get; init; } = 10;

    /// <summary>Epochs over which the rate rises linearly at first; 0, the default, for none.</summary>
    public double WarmUp { get; init; }

    /// <summary>The index of the last epoch that the schedule takes as done (notes: last_epoch); −1, the default, starts at the beginning.</summary>
    public int LastEpoch { get; init; } = -1;

    /// <summary>The loss's name; null, the default, takes cross-entropy for classes and masks and mean squared error for values.</summary>
    public string? Loss { get; init; }

    /// <summary>ε of label smoothing (Szegedy et al. 2015, arXiv 1512.00567); null, the default, for none.</summary>
    public double? LabelSmoothing { get; init; }

    /// <summary>Weights of the classes in the loss: none, <c>balanced</c>, or one number per class; none by default.</summary>
    public ClassWeighting ClassWeights { get; init; } = ClassWeighting.None;

    /// <summary>γ of the focal loss; null, the default, takes 2.</summary>
    public double? FocalGamma { get; init; }

    /// <summary>Where the smooth L1 loss turns from a square to a line; null, the default, takes 1.</summary>
    public double? SmoothBeta { get; init; }

    /// <summary>λ of an L1 penalty added to the loss: λ·Σ|w| (notes: L2 Regularization); 0 by default.</summary>
    public double L1 { get; init; }

    /// <summary>λ of an L2 penalty added to the loss: λ·Σw², which for SGD equals a weight decay of 2λ; 0 by default. With L1: an elastic net.</summary>
    public double L2 { get; init; }

    /// <summary>The largest norm of all gradients together; null, the default, does not clip.</summary>
    public double? ClipNorm { get; init; }

    /// <summary>The largest absolute value of a gradient; null, the default, does not clip.</summary>
    public double? ClipValue { get; init; }

    /// <summary>Decay of an exponential moving average of the weights, which is then what is measured and published; null, the default, for none.</summary>
    public double? Ema { get; init; }

    /// <summary>The first epoch of stochastic weight averaging (Izmailov et al. 2018, arXiv 1803.05407); null, the default, for none.</summary>
    public int? Swa { get; init; }

    /// <summary>First values of parameters, a layer kind each: <c>conv=kaiming-normal</c>; the network's own by default.</summary>
    public EquatableArray<string> Initialization { get; init; } = [];

    /// <summary>The parameters that are not trained; none by default (notes: Freezing model).</summary>
    public EquatableArray<string> Freeze { get; init; } = [];

    /// <summary>Freezes every parameter but these; none by default.</summary>
    public EquatableArray<string> FreezeExcept { get; init; } = [];

    /// <summary>How frozen parameters are kept from changing; by turning <c>requires_grad</c> off unless said otherwise.</summary>
    public FreezeBy FreezeBy { get; init; } = FreezeBy.RequiresGrad;

    /// <summary>When frozen parameters are trained after all: an epoch for all, or <c>pattern=epoch</c>; never by default.</summary>
    public EquatableArray<PatternValue> UnfreezeAt { get; init; } = [];

    /// <summary>Pixels by which training images are randomly shifted; 0, the default, for none.</summary>
    public int Crop { get; init; }

    /// <summary>How training images are mirrored; null, the default, for not at all.</summary>
    public FlipKind? Flip { get; init; }

    /// <summary>The largest angle in degrees by which training images are turned; 0, the default, for none.</summary>
    public double Rotate { get; init; }

    /// <summary>Strengths of colour changes: brightness, contrast, saturation, hue, as torchvision's <c>ColorJitter</c>; none by default.</summary>
    public EquatableArray<double> Jitter { get; init; } = [];

    /// <summary>The probability of erasing a rectangle of a training image (Zhong et al. 2017, arXiv 1708.04896); 0 by default.</summary>
    public double Erase { get; init; }

    /// <summary>The standard deviation of noise added to training inputs, in units of each channel's own; 0 by default.</summary>
    public double Noise { get; init; }

    /// <summary>α of mixup (Zhang et al. 2017, arXiv 1710.09412; notes: Mixup); 0, the default, for none.</summary>
    public double Mixup { get; init; }

    /// <summary>α of CutMix (Yun et al. 2019, arXiv 1905.04899); 0, the default, for none.</summary>
    public double CutMix { get; init; }

    /// <summary>Image sizes and their epochs, from small to large (notes: Start Small and Get Bigger); the data's own size by default.</summary>
    public EquatableArray<SizePhase> Sizes { get; init; } = [];

    /// <summary>Segments of gradient checkpointing; 1, the default, keeps all activations (notes: Gradient Checkpointing).</summary>
    public int CheckpointSegments { get; init; } = 1;

    /// <summary>The seed of every random choice; 0 by default. Members of an ensemble count up from it.</summary>
    public long Seed { get; init; }

    /// <summary>The rate that the schedule starts from.</summary>
    public double BaseRate => LearningRate ?? Optimizer.DefaultLearningRate();

    /// <summary>The weight decay that the optimiser gets.</summary>
    public double Decay => WeightDecay ?? Optimizer.DefaultWeightDecay();

    /// <summary>The momentum that the optimiser gets.</summary>
    public double StandardMomentum => Momentum ?? Optimizer.DefaultMomentum();

    /// <summary>Whether a batch's images are mixed with others.</summary>
    public bool Mixes => Mixup > 0 || CutMix > 0;

    /// <summary>The optimiser steps of the whole run.</summary>
    /// <param name="stepsPerEpoch">Steps in an epoch.</param>
    public long TotalSteps(long stepsPerEpoch) => Math.Min(MaxSteps ?? long.MaxValue, Epochs is { } epochs ? stepsPerEpoch * epochs : long.MaxValue);
}
