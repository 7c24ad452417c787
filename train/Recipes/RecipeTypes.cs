using System.Globalization;

namespace Toolchain.Train.Recipes;

/// <summary>The two ways to keep a parameter from changing (notes: How to freeze certain variables).</summary>
public enum FreezeBy
{
    /// <summary><c>requires_grad</c> is off: no gradient is computed for it, and none for what only it needs.</summary>
    RequiresGrad,

    /// <summary>The optimiser is not given it: its gradient is computed, and not used.</summary>
    Optimizer,
}

/// <summary>A number for the parameters that a pattern chooses: <c>layer1.*=0.001</c>.</summary>
public sealed record PatternValue(NamePattern Pattern, double Value)
{
    /// <summary>The pair as options write it.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Pattern}={Value:R}");
}

/// <summary>Some epochs at one image size: <c>64:5</c> or <c>64x48:5</c>.</summary>
/// <param name="Height">Pixels.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Epochs">Epochs at this size, from 1.</param>
public sealed record SizePhase(int Height, int Width, int Epochs)
{
    /// <summary>The phase as options write it.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{(Height == Width ? $"{Height}" : $"{Height}x{Width}")}:{Epochs}");

    /// <summary>Reads a phase.</summary>
    public static bool TryParse(string text, out SizePhase? phase)
    {
        phase = null;
        if (text.Split(':') is not [var size, var epochs] || !Number(epochs, out var count) || size.Split('x') is not { Length: 1 or 2 } sides
            || !Number(sides[0], out var height) || !Number(sides[^1], out var width))
        {
            return false;
        }

        phase = new(height, width, count);
        return true;
    }

    private static bool Number(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number > 0;
}

/// <summary>How much each class counts in the loss.</summary>
/// <param name="IsBalanced">Whether a class counts inversely to its images.</param>
/// <param name="Values">A weight per class; empty for none.</param>
public sealed record ClassWeighting(bool IsBalanced, EquatableArray<double> Values)
{
    /// <summary>All classes count the same.</summary>
    public static ClassWeighting None { get; } = new(false, []);

    /// <summary>Each class counts n / (k · n_c): inversely to its images.</summary>
    public static ClassWeighting Balanced { get; } = new(true, []);
}
