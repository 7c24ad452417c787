using System.Globalization;

namespace Toolchain.Graphs.Editing;

/// <summary>One change of a network's structure: what the notes do to a copied model by assigning to its layers.</summary>
public abstract record GraphEdit
{
    private const string Replacing = "replace ";
    private const string Removing = "remove ";
    private const string Counting = "classes ";

    /// <summary>Reads an edit as its text form says it: <c>replace relu1=LeakyReLU(0.1)</c>, <c>remove bn1</c>, <c>classes 3</c>.</summary>
    /// <exception cref="ToolchainException">The text is something else (<see cref="ErrorKind.Usage"/>).</exception>
    public static GraphEdit Read(string text) => text switch
    {
        _ when text.StartsWith(Replacing, StringComparison.Ordinal) => Replace.Parse(text[Replacing.Length..]),
        _ when text.StartsWith(Removing, StringComparison.Ordinal) => new Remove(text[Removing.Length..]),
        _ when text.StartsWith(Counting, StringComparison.Ordinal) && int.TryParse(text.AsSpan(Counting.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var count) => new Classes(count),
        _ => throw new ToolchainException(ErrorKind.Usage, $"'{text}' is no change of a network; one is written 'replace NAME=LAYER', 'remove NAME' or 'classes N'."),
    };

    /// <summary>Puts another layer in the place of a layer or block; all uses of a repeated one change alike and share the new parameters.</summary>
    /// <param name="Layer">The layer's name, as <c>train describe</c> shows it, or the beginning of a block's names: <c>layer1.0</c>.</param>
    /// <param name="With">The new layer. Its parameters are named under the old layer's name.</param>
    public sealed record Replace(string Layer, LayerExpression With) : GraphEdit
    {
        /// <summary>Reads <c>NAME=LAYER</c>: <c>relu1=LeakyReLU(0.1)</c>.</summary>
        /// <exception cref="ToolchainException">The text is something else (<see cref="ErrorKind.Usage"/>).</exception>
        public static Replace Parse(string text) => text.Split('=', 2, StringSplitOptions.TrimEntries) is [{ Length: > 0 } layer, var with]
            ? new(layer, LayerExpression.Parse(with))
            : throw new ToolchainException(ErrorKind.Usage, $"A replacement is written NAME=LAYER, for example relu1=LeakyReLU(0.1); found '{text}'.");

        /// <inheritdoc/>
        public override string ToString() => $"{Replacing}{Layer}={With}";
    }

    /// <summary>Takes a layer or block out; what read its output reads its input. All uses of a repeated one go.</summary>
    /// <param name="Layer">The layer's name, or the beginning of a block's names.</param>
    public sealed record Remove(string Layer) : GraphEdit
    {
        /// <inheritdoc/>
        public override string ToString() => $"{Removing}{Layer}";
    }

    /// <summary>Gives the network another head: the last layer with weights before the output gets this many outputs and new weights.</summary>
    /// <param name="Count">The number of classes, at least 1.</param>
    public sealed record Classes(int Count) : GraphEdit
    {
        /// <inheritdoc/>
        public override string ToString() => FormattableString.Invariant($"{Counting}{Count}");
    }
}

/// <summary>A graph and what was changed to get it.</summary>
/// <param name="Graph">The graph; it shares the weights that were kept.</param>
/// <param name="Changes">One sentence per change, for people: <c>relu1: Relu → LeakyReLU(0.1)</c>.</param>
public sealed record EditedGraph(Graph Graph, EquatableArray<string> Changes);
