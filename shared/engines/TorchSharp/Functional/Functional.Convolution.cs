using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Neural network building blocks.</summary>
    public static partial class nn
    {
        /// <summary>Layers as functions, with the package's signatures and PyTorch's meaning.</summary>
        public static partial class functional
        {
            private static readonly Operator conv2dOp = new("conv2d");
            private static readonly Operator conv2dPaddingOp = new("conv2d", "padding");
            private static readonly Operator convTranspose2dOp = new("conv_transpose2d", "input");
            private static readonly Operator linearOp = new("linear");

            private static readonly long[] zero = [0];
            private static readonly long[] one = [1];

            /// <summary>Input [N, C, H, W], weight [O, C/groups, kH, kW], bias [O].</summary>
            public static Tensor conv2d(Tensor input, Tensor weight, Tensor? bias = null, long[]? strides = null, long[]? padding = null,
                long[]? dilation = null, long groups = 1) =>
                conv2dOp.Call(input, weight, bias, strides ?? one, padding ?? zero, dilation ?? one, groups);

            public static Tensor conv2d_padding(Tensor input, Tensor weight, Tensor? bias = null, long[]? strides = null,
                Padding padding = Padding.Valid, long[]? dilation = null, long groups = 1) =>
                conv2dPaddingOp.Call(input, weight, bias, strides ?? one, padding == Padding.Same ? "same" : "valid", dilation ?? one, groups);

            /// <summary>Input [N, C, H, W], weight [C, O/groups, kH, kW], bias [O].</summary>
            public static Tensor conv_transpose2d(Tensor input, Tensor weight, Tensor? bias = null, long[]? strides = null,
                long[]? padding = null, long[]? output_padding = null, long[]? dilation = null, long groups = 1) =>
                convTranspose2dOp.Call(input, weight, bias, strides ?? one, padding ?? zero, output_padding ?? zero, groups, dilation ?? one);

            /// <summary>Input [*, I], weights [O, I], bias [O].</summary>
            public static Tensor linear(Tensor input, Tensor weights, Tensor? bias = null) => linearOp.Call(input, weights, bias);
        }
    }
}
