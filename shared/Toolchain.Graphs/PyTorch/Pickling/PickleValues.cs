namespace Toolchain.Graphs.PyTorch.Pickling;

/// <summary>Python's <c>None</c>.</summary>
internal sealed class PickleNone
{
    internal static PickleNone Instance { get; } = new();

    public override string ToString() => "None";
}

/// <summary>A tuple.</summary>
internal sealed class PickleTuple(object[] items)
{
    internal object[] Items => items;
}

/// <summary>A list.</summary>
internal sealed class PickleList
{
    internal List<object> Items { get; } = [];
}

/// <summary>
/// A dictionary, as the sequence of its assignments: keys are neither hashed nor compared while a file is read, so that none can be chosen to
/// make that slow.
/// </summary>
/// <param name="isOrdered">Whether it is a <c>collections.OrderedDict</c>, which may have attributes.</param>
internal sealed class PickleDict(bool isOrdered)
{
    internal bool IsOrdered => isOrdered;

    internal List<KeyValuePair<object, object>> Items { get; } = [];

    /// <summary>The values under a name; several when it was assigned more than once.</summary>
    internal IEnumerable<object> Find(string name) => Items.Where(i => i.Key is string key && key == name).Select(static i => i.Value);
}

/// <summary>A value that nothing in a state dict depends on: bytes, a dtype.</summary>
internal sealed class PickleOpaque
{
    internal static PickleOpaque Instance { get; } = new();
}

/// <summary>What messages call a value.</summary>
internal static class PickleValues
{
    internal static string Describe(object value) => value switch
    {
        PickleNone => "None",
        bool => "a truth value",
        long or System.Numerics.BigInteger => "a whole number",
        double => "a number",
        string => "text",
        PickleTuple => "a tuple",
        PickleList => "a list",
        PickleDict => "a dictionary",
        PickleOpaque => "a constant",
        AllowedGlobal global => $"'{global.Name}'",
        StorageView => "a storage",
        TensorReference => "a tensor",
        _ => throw new ArgumentOutOfRangeException(nameof(value), value, "Not a value of a pickle."),
    };

    /// <summary>Text from a file as messages show it: in quotation marks, cut after 120 characters, without control characters.</summary>
    internal static string Quote(string text)
    {
        var shown = string.Concat(text.Take(120).Select(static c => char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029' ? '\uFFFD' : c));
        return $"'{shown}{(text.Length > 120 ? "…" : "")}'";
    }
}
