namespace Toolchain.Train.Profiling;

/// <summary>A box of a flame graph.</summary>
/// <param name="Node">What it stands for.</param>
/// <param name="Path">Its place: the names from the root on.</param>
/// <param name="Left">In the drawing's units.</param>
/// <param name="Top">In the drawing's units.</param>
/// <param name="Width">In proportion to the time.</param>
/// <param name="Colour">Which of nine colours.</param>
/// <param name="Label">As much of the name as there is room for; empty for none. Outer boxes have theirs beside them where it does not fit.</param>
/// <param name="LabelLeft">Where the label begins.</param>
internal sealed record FlameBox(ProfileNode Node, string Path, double Left, double Top, double Width, int Colour, string Label, double LabelLeft);

/// <summary>
/// Where the boxes of a flame graph lie (Gregg 2016, «The Flame Graph», ACM Queue 14(2)): each as wide as its time, above what lies in it, in the order of
/// execution. The trees are one below the other to the same scale.
/// </summary>
/// <param name="Boxes">The boxes, outer ones first; those too narrow to be seen are left out.</param>
/// <param name="Height">The height of them all.</param>
internal sealed record FlameLayout(IReadOnlyList<FlameBox> Boxes, double Height)
{
    /// <summary>The height of a box.</summary>
    public const double Row = 21;

    private const double Gap = 16;
    private const double Narrowest = 0.4;

    // A letter's width is only guessed: the font is the reader's.
    private const double Letter = 6.6;

    private static readonly ProfilePart[] Colours =
        [ProfilePart.Step, ProfilePart.Wait, ProfilePart.Load, ProfilePart.Forward, ProfilePart.Loss, ProfilePart.Backward, ProfilePart.Recompute, ProfilePart.Optimizer, ProfilePart.Validation];

    private static readonly string[] Kinds = [.. Colours.Select(ProfileParts.Text)];

    /// <summary>Lays trees out.</summary>
    /// <param name="trees">The trees.</param>
    /// <param name="width">The width of the longest one.</param>
    public static FlameLayout Of(IReadOnlyList<ProfileNode> trees, double width)
    {
        var boxes = new List<FlameBox>();
        var (scale, top) = (width / Math.Max(trees.Select(static t => t.Seconds).DefaultIfEmpty().Max(), 1e-9), 0.0);
        foreach (var tree in trees)
        {
            Place(boxes, tree, tree.Name, 0, top, scale);
            top += (Depth(tree) * Row) + Gap;
        }

        return new(boxes, Math.Max(0, top - Gap));
    }

    private static void Place(List<FlameBox> boxes, ProfileNode node, string path, double left, double top, double scale)
    {
        var width = node.Seconds * scale;
        if (width < Narrowest)
        {
            return;
        }

        var label = Label(node.Name, (int)((width - 8) / Letter));
        var isBeside = label.Length == 0 && path == node.Name;
        boxes.Add(new(node, path, left, top, width, Colour(node.Kind), isBeside ? node.Name : label, isBeside ? left + width + 5 : left + 5));
        foreach (var child in node.Children)
        {
            Place(boxes, child, $"{path} › {child.Name}", left, top + Row, scale);
            left += child.Seconds * scale;
        }
    }

    private static string Label(string name, int letters) => letters < 3 ? "" : name.Length <= letters ? name : $"{name[..(letters - 1)]}…";

    private static int Depth(ProfileNode node) => 1 + node.Children.Select(Depth).DefaultIfEmpty().Max();

    // Background threads make what is brought to the device, and have its colour.
    private static int Colour(string kind) => Array.IndexOf(Kinds, kind) is >= 0 and var index ? index : Array.IndexOf(Colours, ProfilePart.Load);
}
