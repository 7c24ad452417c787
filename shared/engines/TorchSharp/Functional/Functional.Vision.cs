using TorchSharp.Native;

namespace TorchSharp;

/// <summary>What lies beyond the border of a padded tensor.</summary>
public enum PaddingModes
{
    Zeros = 0,
    Reflect = 1,
    Replicate = 2,
    Circular = 3,
    Constant = 4,
}

/// <summary>Padding by name: none, or as much as keeps the size.</summary>
public enum Padding
{
    Valid = 0,
    Same = 1,
}

public static partial class torch
{
    public enum InterpolationMode
    {
        Nearest = 0,
        Linear = 1,
        Bilinear = 2,
        Bicubic = 3,
        Trilinear = 4,
        Area = 5,
        NearestExact = 6,
    }

    public static partial class nn
    {
        public static partial class functional
        {
            private static readonly Operator padOp = new("constant_pad_nd");
            private static readonly Operator[] reflectionPads = [new("reflection_pad1d"), new("reflection_pad2d"), new("reflection_pad3d")];
            private static readonly Operator[] replicationPads = [new("replication_pad1d"), new("replication_pad2d"), new("replication_pad3d")];
            private static readonly Operator circularPadOp = new("_pad_circular");
            private static readonly Operator nearest2dOp = new("upsample_nearest2d", "vec");
            private static readonly Operator nearestExact2dOp = new("_upsample_nearest_exact2d", "vec");
            private static readonly Operator bilinear2dOp = new("upsample_bilinear2d", "vec");
            private static readonly Operator bicubic2dOp = new("upsample_bicubic2d", "vec");
            private static readonly Operator bilinearAntialiasOp = new("_upsample_bilinear2d_aa", "vec");
            private static readonly Operator bicubicAntialiasOp = new("_upsample_bicubic2d_aa", "vec");
            private static readonly Operator pixelShuffleOp = new("pixel_shuffle");
            private static readonly Operator pixelUnshuffleOp = new("pixel_unshuffle");

            /// <summary>Adds elements before and after each dimension, in pairs from the last dimension backwards.</summary>
            public static Tensor pad(Tensor input, long[] pad, PaddingModes mode = PaddingModes.Constant, double value = 0) => mode switch
            {
                PaddingModes.Constant or PaddingModes.Zeros => padOp.Call(input, pad, value),
                PaddingModes.Reflect => reflectionPads[pad.Length / 2 - 1].Call(input, pad),
                PaddingModes.Replicate => replicationPads[pad.Length / 2 - 1].Call(input, pad),
                PaddingModes.Circular => circularPadOp.Call(input, pad),
                _ => throw new ArgumentException($"Unknown padding mode {mode}.", nameof(mode)),
            };

            public static Tensor pad(Tensor input, ReadOnlySpan<long> pad, PaddingModes mode = PaddingModes.Constant, double value = 0) =>
                functional.pad(input, pad.ToArray(), mode, value);

            public static Tensor pad(Tensor input, (long, long) pad, PaddingModes mode = PaddingModes.Constant, double value = 0) =>
                functional.pad(input, new[] { pad.Item1, pad.Item2 }, mode, value);

            public static Tensor pad(Tensor input, (long, long, long, long) pad, PaddingModes mode = PaddingModes.Constant, double value = 0) =>
                functional.pad(input, new[] { pad.Item1, pad.Item2, pad.Item3, pad.Item4 }, mode, value);

            /// <summary>Pads every dimension by the same amount on both sides.</summary>
            public static Tensor pad(Tensor input, long pad, PaddingModes mode = PaddingModes.Constant, double value = 0) =>
                functional.pad(input, Enumerable.Repeat(pad, (int)input.ndim * 2).ToArray(), mode, value);

            /// <summary>Resizes images [N, C, H, W] to a size [H, W] or by factors; other ranks are refused.</summary>
            public static Tensor interpolate(Tensor x, long[]? size = null, double[]? scale_factor = null,
                InterpolationMode mode = InterpolationMode.Nearest, bool? align_corners = null, bool recompute_scale_factor = false, bool antialias = false)
            {
                if (x.ndim != 4)
                    throw new NotSupportedException($"interpolate takes images [N, C, H, W] here; this tensor has {x.ndim} dimensions.");
                if (recompute_scale_factor && scale_factor is not null)
                {
                    var shape = x.shape;
                    size = [.. scale_factor.Select((factor, i) => (long)Math.Floor(shape[i + 2] * factor))];
                    scale_factor = null;
                }
                var corners = align_corners ?? false;
                return (mode, antialias) switch
                {
                    (InterpolationMode.Nearest, false) => nearest2dOp.Call(x, size, scale_factor),
                    (InterpolationMode.NearestExact, false) => nearestExact2dOp.Call(x, size, scale_factor),
                    (InterpolationMode.Bilinear, false) => bilinear2dOp.Call(x, size, corners, scale_factor),
                    (InterpolationMode.Bicubic, false) => bicubic2dOp.Call(x, size, corners, scale_factor),
                    (InterpolationMode.Bilinear, true) => bilinearAntialiasOp.Call(x, size, corners, scale_factor),
                    (InterpolationMode.Bicubic, true) => bicubicAntialiasOp.Call(x, size, corners, scale_factor),
                    (InterpolationMode.Area, false) when size is not null => adaptive_avg_pool2d(x, size),
                    _ => throw new NotSupportedException($"interpolate has no mode {mode} with antialias {antialias} for images here."),
                };
            }

            /// <summary>Moves channels [N, C·r², H, W] into space [N, C, H·r, W·r].</summary>
            public static Tensor pixel_shuffle(Tensor input, long upscale_factor) => pixelShuffleOp.Call(input, upscale_factor);

            public static Tensor pixel_unshuffle(Tensor input, long downscale_factor) => pixelUnshuffleOp.Call(input, downscale_factor);
        }
    }
}
