using Toolchain.Graphs;

namespace Toolchain.Export.Rewrites;

/// <summary>Zeros around images that a <c>Pad</c> adds, beside the padding of the pooling or convolution that reads them.</summary>
internal static class ImagePadding
{
    /// <summary>The pads of the spatial axes, all beginnings, then all ends; null when the node pads other axes, with other values, or crops.</summary>
    public static EquatableArray<long>? Borders(Node pad, ConstantValues constants)
    {
        var isZero = pad.Inputs.Count < 3 || pad.Inputs[2].Length == 0 || (constants.Floats(pad.Inputs[2]) is { ElementCount: 1 } fill && fill.Values<float>()[0] == 0);
        if (pad.Op is not Pad { Mode: PadMode.Constant } || !isZero || pad.Inputs.Count > 3 || constants.Longs(pad.Inputs[1]) is not { Count: > 4 } pads || pads.Any(static p => p < 0))
        {
            return null;
        }

        var rank = pads.Count / 2;
        return pads[0] == 0 && pads[1] == 0 && pads[rank] == 0 && pads[rank + 1] == 0 ? [.. pads.Take(rank).Skip(2), .. pads.Skip(rank + 2)] : null;
    }

    /// <summary>Both together.</summary>
    /// <param name="pads">An operator's own; empty for none.</param>
    /// <param name="borders">What comes on top.</param>
    public static EquatableArray<long> Sum(EquatableArray<long> pads, EquatableArray<long> borders) =>
        pads.IsEmpty ? borders : pads.Zip(borders, static (pad, border) => pad + border).ToEquatableArray();

    /// <summary>Whether a pooling could have them: its padding must be smaller than its window, so that each window has a value to look at.</summary>
    public static bool Fit(EquatableArray<long> pads, EquatableArray<long> kernel) => pads.Index().All(p => p.Item < kernel[p.Index % kernel.Count]);
}
