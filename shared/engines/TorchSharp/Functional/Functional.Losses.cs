using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>What a loss does with the values of the elements.</summary>
        public enum Reduction : long
        {
            None = 0,
            Mean = 1,
            Sum = 2,
        }

        public static partial class functional
        {
            private const long NoIndex = -100;

            private static readonly Operator crossEntropyOp = new("cross_entropy_loss");
            private static readonly Operator nllLossOp = new("nll_loss_nd");
            private static readonly Operator mseLossOp = new("mse_loss");
            private static readonly Operator l1LossOp = new("l1_loss");
            private static readonly Operator smoothL1LossOp = new("smooth_l1_loss");
            private static readonly Operator huberLossOp = new("huber_loss");
            private static readonly Operator bceOp = new("binary_cross_entropy");
            private static readonly Operator bceLogitsOp = new("binary_cross_entropy_with_logits");
            private static readonly Operator klDivOp = new("kl_div");

            /// <summary>Logits [N, K, *] against Int64 labels [N, *] or probabilities [N, K, *].</summary>
            public static Tensor cross_entropy(Tensor input, Tensor target, Tensor? weight = null, long ignore_index = NoIndex,
                Reduction reduction = Reduction.Mean, double label_smoothing = 0.0) =>
                crossEntropyOp.Call(input, target, weight, (long)reduction, ignore_index, label_smoothing);

            /// <summary>Log-probabilities [N, K, *] against Int64 labels [N, *].</summary>
            public static Tensor nll_loss(Tensor input, Tensor target, Tensor? weight = null, Reduction reduction = Reduction.Mean) =>
                nllLossOp.Call(input, target, weight, (long)reduction, NoIndex);

            public static Tensor mse_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean) =>
                mseLossOp.Call(input, target, (long)reduction);

            public static Tensor l1_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean) =>
                l1LossOp.Call(input, target, (long)reduction);

            public static Tensor smooth_l1_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean, double beta = 1.0) =>
                smoothL1LossOp.Call(input, target, (long)reduction, beta);

            public static Tensor huber_loss(Tensor input, Tensor target, double delta = 1.0, Reduction reduction = Reduction.Mean) =>
                huberLossOp.Call(input, target, (long)reduction, delta);

            public static Tensor binary_cross_entropy(Tensor input, Tensor target, Tensor? weight = null, Reduction reduction = Reduction.Mean) =>
                bceOp.Call(input, target, weight, (long)reduction);

            public static Tensor binary_cross_entropy_with_logits(Tensor input, Tensor target, Tensor? weight = null,
                Reduction reduction = Reduction.Mean, Tensor? pos_weights = null) =>
                bceLogitsOp.Call(input, target, weight, pos_weights, (long)reduction);

            public static Tensor kl_div(Tensor input, Tensor target, bool log_target = true, Reduction reduction = Reduction.Mean) =>
                klDivOp.Call(input, target, (long)reduction, log_target);
        }
    }
}
