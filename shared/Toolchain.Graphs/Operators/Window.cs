namespace Toolchain.Graphs;

/// <summary>ONNX's <c>auto_pad</c>.</summary>
public enum AutoPad
{
    /// <summary>NOTSET: the pads are given.</summary>
    Explicit,

    /// <summary>SAME_UPPER: output = ⌈input / stride⌉, the odd pixel at the end.</summary>
    SameUpper,

    /// <summary>SAME_LOWER: output = ⌈input / stride⌉, the odd pixel at the beginning.</summary>
    SameLower,

    /// <summary>VALID: no padding.</summary>
    Valid,
}

/// <summary>The sliding window of a convolution or pooling, with every default filled in; one item per spatial axis.</summary>
/// <param name="Kernel">Sizes.</param>
/// <param name="Strides">Steps.</param>
/// <param name="Dilations">Distances between taps.</param>
/// <param name="Begin">Padding before the first pixel.</param>
/// <param name="End">Padding behind the last pixel.</param>
public sealed record Window(
    EquatableArray<long> Kernel, EquatableArray<long> Strides, EquatableArray<long> Dilations, EquatableArray<long> Begin, EquatableArray<long> End)
{
    /// <summary>Whether the padding is the same on both sides, as libtorch needs it.</summary>
    public bool IsSymmetric => Begin == End;

    /// <summary>Fills in ONNX's defaults and resolves <c>auto_pad</c> against the input's size.</summary>
    /// <param name="node">Names the node in errors.</param>
    /// <param name="input">[N, C, spatial…], or null when unknown.</param>
    /// <param name="kernel">One size per spatial axis.</param>
    /// <param name="strides">Empty for 1.</param>
    /// <param name="dilations">Empty for 1.</param>
    /// <param name="pads">All beginnings, then all ends; empty for 0.</param>
    /// <param name="autoPad">How to pad.</param>
    public static Window Resolve(
        NodeContext node, Shape? input, EquatableArray<long> kernel, EquatableArray<long> strides, EquatableArray<long> dilations, EquatableArray<long> pads, AutoPad autoPad)
    {
        var rank = kernel.Count;
        if (input is not null && input.Rank != rank + 2)
        {
            throw node.Fail($"a kernel of {rank} dimensions needs an input of rank {rank + 2} [N, C, …], found {input}");
        }

        strides = OrDefault(node, "strides", strides, 1, rank);
        dilations = OrDefault(node, "dilations", dilations, 1, rank);
        pads = OrDefault(node, "pads", pads, 0, 2 * rank);
        if (kernel.Any(static k => k < 1) || strides.Any(static s => s < 1) || dilations.Any(static d => d < 1) || pads.Any(static p => p < 0))
        {
            throw node.Fail($"kernel {kernel}, strides {strides} and dilations {dilations} must be at least 1 and pads {pads} at least 0");
        }

        var begin = pads.Take(rank).ToArray();
        var end = pads.Skip(rank).ToArray();
        for (var axis = 0; axis < rank && autoPad != AutoPad.Explicit; axis++)
        {
            var total = 0L;
            if (autoPad != AutoPad.Valid)
            {
                if (input is null || !input[axis + 2].IsKnown)
                {
                    throw node.Fail($"auto_pad {autoPad} needs a fixed image size, found {input?.ToString() ?? "an unknown shape"}");
                }

                var size = input[axis + 2].Value;
                var output = (size + strides[axis] - 1) / strides[axis];
                total = Math.Max(0, ((output - 1) * strides[axis]) + Reach(kernel[axis], dilations[axis]) - size);
            }

            var small = total / 2;
            (begin[axis], end[axis]) = autoPad == AutoPad.SameLower ? (total - small, small) : (small, total - small);
        }

        return new(kernel, strides, dilations, EquatableArray.Create<long>(begin), EquatableArray.Create<long>(end));
    }

    /// <summary>The output size along a spatial axis.</summary>
    /// <param name="node">Names the node in errors.</param>
    /// <param name="axis">The spatial axis, from 0.</param>
    /// <param name="input">The input's size along it.</param>
    /// <param name="ceil">
    /// Round up, as pooling's <c>ceil_mode</c> asks: the last window may reach beyond the end padding by less than a stride; one that would begin in
    /// the end padding is left out, as libtorch does.
    /// </param>
    public Dimension Output(NodeContext node, int axis, Dimension input, bool ceil = false)
    {
        if (!input.IsKnown)
        {
            return Dimension.Unknown;
        }

        var span = input.Value + Begin[axis] + End[axis] - Reach(Kernel[axis], Dilations[axis]);
        if (span < 0 && !(ceil && span > -Strides[axis]))
        {
            throw node.Fail($"a window of {Reach(Kernel[axis], Dilations[axis])} pixels does not fit into an input of {input} pixels with padding {Begin[axis]}+{End[axis]}; use a larger image, more padding or a smaller kernel");
        }

        var output = ((ceil ? span + Strides[axis] - 1 : span) / Strides[axis]) + 1;
        return ceil && (output - 1) * Strides[axis] >= input.Value + Begin[axis] ? output - 1 : output;
    }

    private static long Reach(long kernel, long dilation) => checked((dilation * (kernel - 1)) + 1);

    private static EquatableArray<long> OrDefault(NodeContext node, string name, EquatableArray<long> value, long standard, int count)
    {
        if (value.IsEmpty)
        {
            return EquatableArray.Repeat(standard, count);
        }

        return value.Count == count ? value : throw node.Fail($"attribute '{name}' must have {count} items, found {value}");
    }
}
