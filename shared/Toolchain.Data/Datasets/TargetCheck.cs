namespace Toolchain.Data;

/// <summary>Whether a data set's targets are what they must be.</summary>
internal static class TargetCheck
{
    public static void Require(Dataset dataset)
    {
        var (name, inputs) = (dataset.Name, dataset.Inputs);
        switch (dataset.Targets)
        {
            case ClassTargets classes:
                RequireLength(classes.Labels.Length, inputs.Count);
                RequireClasses(name, classes);
                break;
            case ValueTargets values:
                RequireLength(values.Values.Length, inputs.Count * values.Names.Length);
                break;
            case MaskTargets masks:
                RequireLength(masks.MaskLength, inputs.Height * inputs.Width);
                RequireLength(masks.Masks.Length, inputs.Count * masks.MaskLength);
                RequireClasses(name, masks);
                break;
            default:
                throw new ArgumentException($"Unknown targets {dataset.Targets.GetType().Name}.", nameof(dataset));
        }
    }

    private static void RequireClasses(string name, ClassTargets classes)
    {
        var stray = classes.Labels.IndexOfAnyExceptInRange(0, classes.Names.Length - 1);
        if (stray >= 0)
        {
            throw new ToolchainException(ErrorKind.BadInput,
                $"Data set {name}: image {stray} has label {classes.Labels[stray]}, but its {classes.Names.Length} classes are numbered 0 to {classes.Names.Length - 1}. Correct the label, or name the missing class.");
        }
    }

    private static void RequireClasses(string name, MaskTargets masks)
    {
        if (masks.Names.Length is 0 or > MaskTargets.Ignored)
            throw new ToolchainException(ErrorKind.BadInput, $"Data set {name}: it has {masks.Names.Length} classes; masks can tell 1 to {MaskTargets.Ignored} apart.");

        // Seen one higher and without its carry, the mark of an ignored pixel is 0, and the class numbers follow.
        var all = masks.Masks.Span;
        for (var i = 0; i < all.Length; i++)
        {
            if ((byte)(all[i] + 1) > masks.Names.Length)
            {
                throw new ToolchainException(ErrorKind.BadInput,
                    $"Data set {name}: a pixel of mask {i / masks.MaskLength} has class {all[i]}, but its {masks.Names.Length} classes are numbered 0 to {masks.Names.Length - 1} ({MaskTargets.Ignored} is ignored). Correct the mask, or name the missing class.");
            }
        }
    }

    private static void RequireLength(int found, int expected)
    {
        if (found != expected)
            throw new ArgumentException($"Expected targets of length {expected}, found {found}.");
    }
}
