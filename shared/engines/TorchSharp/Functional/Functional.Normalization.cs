using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            private static readonly Operator batchNormOp = new("batch_norm");
            private static readonly Operator groupNormOp = new("group_norm");
            private static readonly Operator instanceNormOp = new("instance_norm");
            private static readonly Operator layerNormOp = new("layer_norm");

            /// <summary>
            /// Normalises every channel of [N, C, *]: with the batch's statistics in training, updating the running ones by
            /// <c>momentum</c>, and with the running statistics otherwise.
            /// </summary>
            public static Tensor batch_norm(Tensor input, Tensor? running_mean, Tensor? running_var, Tensor? weight = null, Tensor? bias = null,
                bool training = false, double momentum = 0.1, double eps = 1e-5) =>
                batchNormOp.Call(input, weight, bias, running_mean, running_var, training, momentum, eps, true);

            public static Tensor group_norm(Tensor input, long num_groups, Tensor? weight = null, Tensor? bias = null, double eps = 1e-5) =>
                groupNormOp.Call(input, num_groups, weight, bias, eps, true);

            public static Tensor instance_norm(Tensor input, Tensor? running_mean = null, Tensor? running_var = null, Tensor? weight = null,
                Tensor? bias = null, bool use_input_stats = true, double momentum = 0.1, double eps = 1e-5) =>
                instanceNormOp.Call(input, weight, bias, running_mean, running_var, use_input_stats, momentum, eps, true);

            public static Tensor layer_norm(Tensor input, long[] normalized_shape, Tensor? weight = null, Tensor? bias = null, double eps = 1e-5) =>
                layerNormOp.Call(input, normalized_shape, weight, bias, eps, true);

            /// <summary>Divides by the p-norm along a dimension, or by eps where that is smaller.</summary>
            public static Tensor normalize(Tensor input, double p = 2.0, long dim = 1L, double eps = 1e-12)
            {
                using var norm = input.norm((int)dim, true, (float)p);
                using var bounded = norm.clamp(eps);
                return input.div(bounded);
            }
        }
    }
}
