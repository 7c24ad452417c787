using Toolchain.Graphs;
using Toolchain.Train.Losses;

namespace Toolchain.Train.Tests.Losses;

/// <summary>A loss on one output and target, with the value and the gradient that PyTorch 1.13.1 gives in double precision.</summary>
public sealed record LossCase(string Name, Func<Loss> Create, TensorData Output, TensorData Target, double Value, double[] Gradient);

/// <summary>Every loss in several settings. PyTorch has no focal and no Dice loss: those come from their formulas, with autograd.</summary>
public static class LossCases
{
    private static readonly float[] Numbers = [-1.7f, -1, -0.3f, 0.4f, 1.1f, 1.8f, -1.6f, -0.9f, -0.2f, 0.5f, 1.2f, 1.9f];
    private static readonly EquatableArray<float> Weights = [0.5f, 1, 2, 0.25f];
    private static readonly EquatableArray<float> PixelWeights = [1, 0.5f, 2];

    /// <summary>Four logits for each of three images.</summary>
    public static TensorData Logits { get; } = TensorData.Of<float>(Numbers, 3, 4);

    /// <summary>Their classes.</summary>
    public static TensorData Classes { get; } = TensorData.Of<long>([2, 0, 3], 3);

    /// <summary>Shares of classes.</summary>
    public static TensorData Soft { get; } = TensorData.Of<float>([0.7f, 0.1f, 0.1f, 0.1f, 0, 0.4f, 0.6f, 0, 0.25f, 0.25f, 0.25f, 0.25f], 3, 4);

    /// <summary>Scores of three classes for two images of 2×2 pixels.</summary>
    public static TensorData Pixels { get; } = TensorData.Of<float>(
        [-1.9f, -0.6f, 0.7f, 2, -0.8f, 0.5f, 1.8f, -1, 0.3f, 1.6f, -1.2f, 0.1f, 1.4f, -1.4f, -0.1f, 1.2f, -1.6f, -0.3f, 1, -1.8f, -0.5f, 0.8f, -2, -0.7f], 2, 3, 2, 2);

    /// <summary>Their classes; two pixels count nowhere.</summary>
    public static TensorData Mask { get; } = TensorData.Of<long>([0, 1, 2, Loss.IgnoredPixel, 1, 1, Loss.IgnoredIndex, 0], 2, 2, 2);

    private static TensorData Values { get; } = TensorData.Of<float>([-1.5f, -0.4f, 0.7f, 1.8f, -1.2f, -0.1f, 1, -2, -0.9f, 0.2f, 1.3f, -1.7f], 3, 4);

    private static TensorData OneLogit { get; } = TensorData.Of<float>([0.3f, -1.2f, 2], 3, 1);

    private static TensorData YesNo { get; } = TensorData.Of<long>([1, 0, 0], 3);

    public static IReadOnlyList<LossCase> All { get; } =
    [
        new("cross-entropy", static () => new CrossEntropyLoss(), Logits, Classes, 1.03847884, [0.02187927, 0.04405944, -0.24460853, 0.17866982, -0.22969437, 0.20870325, 0.00696511, 0.01402601, 0.02187927, 0.04405944, 0.08872481, -0.15466351]),
        new("cross-entropy, weights", static () => new CrossEntropyLoss(0, Weights), Logits, Classes, 1.2317173, [0.04773659, 0.09612968, -0.53369133, 0.38982507, -0.12528784, 0.11383814, 0.00379915, 0.00765055, 0.00596707, 0.01201621, 0.02419767, -0.04218096]),
        new("cross-entropy, label smoothing", static () => new CrossEntropyLoss(0.1), Logits, Classes, 1.11847884, [0.01354593, 0.0357261, -0.21960853, 0.17033649, -0.20469437, 0.20036992, -0.00136822, 0.00569268, 0.01354593, 0.0357261, 0.08039147, -0.12966351]),
        new("cross-entropy, weights and label smoothing", static () => new CrossEntropyLoss(0.1, Weights), Logits, Classes, 1.30816273, [0.04065512, 0.08193188, -0.48942989, 0.36684288, -0.10670507, 0.11470806, -0.01405024, 0.00604725, 0.00306256, 0.00622976, 0.01267022, -0.02196254]),
        new("cross-entropy, soft targets", static () => new CrossEntropyLoss(), Logits, Soft, 2.16181218, [-0.21145407, 0.0107261, 0.05539147, 0.14533649, 0.10363897, 0.07536992, -0.19303489, 0.01402601, -0.06145407, -0.0392739, 0.00539147, 0.09533649]),
        new("cross-entropy, soft targets, weights and label smoothing", static () => new CrossEntropyLoss(0.2, Weights), Logits, Soft, 2.44922557, [-0.0857495, -0.01128009, -0.02211937, 0.11914896, 0.14375685, 0.18293868, -0.34311203, 0.0164165, -0.02115485, -0.04202761, -0.08348716, 0.14666962]),
        new("nll, weights", static () => new NllLoss(Weights), Logits, Classes, -0.15454545, [0, 0, -0.72727273, 0, -0.18181818, 0, 0, 0, 0, 0, 0, -0.09090909]),
        new("bce, one class of several", static () => new BceLoss(), Logits, Classes, 0.68238924, [0.01287211, 0.02241179, -0.04787021, 0.04989064, -0.02081166, 0.07151241, 0.01399847, 0.02408754, 0.03751383, 0.05187161, 0.06404373, -0.01084237]),
        new("bce, several labels", static () => new BceLoss(), Logits, Soft, 0.96322257, [-0.04546123, 0.01407845, 0.02712979, 0.04155731, 0.06252168, 0.03817908, -0.03600153, 0.02408754, 0.0166805, 0.03103828, 0.0432104, 0.05165763]),
        new("bce, one logit", static () => new BceLoss(), OneLogit, YesNo, 0.98152191, [-0.14185249, 0.07715841, 0.29359903]),
        new("focal", static () => new FocalLoss(), Logits, Classes, 0.46724373, [0.02309504, 0.0465077, -0.25820075, 0.18859801, -0.22404762, 0.20357254, 0.00679388, 0.0136812, 0.01149694, 0.02315199, 0.04662238, -0.0812713]),
        new("focal, small gamma and weights", static () => new FocalLoss(0.5, Weights), Logits, Classes, 0.95292258, [0.04648345, 0.09360617, -0.51968136, 0.37959174, -0.12046205, 0.10945336, 0.00365282, 0.00735587, 0.00506792, 0.01020554, 0.02055142, -0.03582488]),
        new("mse", static () => new MseLoss(), Logits, Values, 2.815, [-0.03333333, -0.1, -0.16666667, -0.23333333, 0.38333333, 0.31666667, -0.43333333, 0.18333333, 0.11666667, 0.05, -0.01666667, 0.6]),
        new("l1", static () => new L1Loss(), Logits, Values, 1.31666667, [-0.08333333, -0.08333333, -0.08333333, -0.08333333, 0.08333333, 0.08333333, -0.08333333, 0.08333333, 0.08333333, 0.08333333, -0.08333333, 0.08333333]),
        new("smooth-l1", static () => new SmoothL1Loss(), Logits, Values, 0.90791667, [-0.01666667, -0.05, -0.08333333, -0.08333333, 0.08333333, 0.08333333, -0.08333333, 0.08333333, 0.05833333, 0.025, -0.00833333, 0.08333333]),
        new("smooth-l1, small beta", static () => new SmoothL1Loss(0.5), Logits, Values, 1.09083333, [-0.03333333, -0.08333333, -0.08333333, -0.08333333, 0.08333333, 0.08333333, -0.08333333, 0.08333333, 0.08333333, 0.05, -0.01666667, 0.08333333]),
        new("smooth-l1, large beta", static () => new SmoothL1Loss(2.5), Logits, Values, 0.54266667, [-0.00666667, -0.02, -0.03333333, -0.04666667, 0.07666667, 0.06333333, -0.08333333, 0.03666667, 0.02333333, 0.01, -0.00333333, 0.08333333]),
        new("cross-entropy of pixels", static () => new CrossEntropyLoss(), Pixels, Mask, 2.03152518, [-0.15387487, 0.0127918, 0.04012453, 0, 0.03842869, -0.12823797, 0.12054076, 0, 0.11544617, 0.11544617, -0.1606653, 0, 0.1389635, 0.0127918, 0, -0.02770316, -0.15974808, -0.12823797, 0, 0.00691859, 0.02078458, 0.11544617, 0, 0.02078458]),
        new("cross-entropy of pixels, weights", static () => new CrossEntropyLoss(0, PixelWeights), Pixels, Mask, 2.26455914, [-0.16786349, 0.00697735, 0.08754444, 0, 0.04192221, -0.06994799, 0.26299803, 0, 0.12594128, 0.06297064, -0.35054246, 0, 0.07579827, 0.00697735, 0, -0.03022163, -0.08713532, -0.06994799, 0, 0.00754755, 0.01133704, 0.06297064, 0, 0.02267409]),
        new("focal of pixels", static () => new FocalLoss(), Pixels, Mask, 1.65708664, [-0.18714447, 0.01423221, 0.04654621, 0, 0.04673744, -0.14267809, 0.13983254, 0, 0.14040703, 0.12844588, -0.18637875, 0, 0.16285075, 0.01423221, 0, -0.00216129, -0.18720811, -0.14267809, 0, 0.00053976, 0.02435736, 0.12844588, 0, 0.00162153]),
        new("bce of pixels", static () => new BceLoss(), Pixels, Mask, 0.9679705, [-0.04832731, 0.01968576, 0.03712154, 0, 0.01722364, -0.02097448, 0.04767494, 0, 0.03191347, 0.04622324, -0.04269582, 0, 0.04456577, 0.01098978, 0, -0.01285973, -0.04622324, -0.03191347, 0, 0.00788061, 0.02097448, 0.03833192, 0, 0.01843401]),
        new("dice", static () => new DiceLoss(), Pixels, Mask, 0.50878247, [-0.00872531, 0.00299244, 0.00266095, 0, 0.00369305, -0.01734137, 0.00110724, 0, 0.00503226, 0.01434893, -0.00376819, 0, 0.00247076, 0.00126328, 0, -0.01334885, -0.00439627, -0.02130683, 0, 0.00268752, 0.0019255, 0.02004355, 0, 0.01066133]),
        new("dice, little smoothing", static () => new DiceLoss(0.1), Pixels, Mask, 0.75536541, [-0.01502334, 0.00336621, 0.00144527, 0, 0.00607209, -0.02376273, 0.00361797, 0, 0.00895126, 0.02039652, -0.00506324, 0, 0.00759302, 0.00388225, 0, -0.01342886, -0.00610153, -0.02432729, 0, 0.00344972, -0.00149148, 0.02044504, 0, 0.00997914]),
    ];
}
