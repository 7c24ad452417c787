namespace Toolchain.Graphs.Onnx;

/// <summary>Names that nobody has yet.</summary>
internal static class UniqueName
{
    /// <summary>The wanted name, or the first of wanted_1, wanted_2 … that is free; it is taken afterwards.</summary>
    internal static string Of(string wanted, HashSet<string> taken)
    {
        var name = wanted;
        for (var i = 1; !taken.Add(name); i++)
        {
            name = $"{wanted}_{i}";
        }

        return name;
    }
}
