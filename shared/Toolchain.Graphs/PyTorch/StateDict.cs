using Toolchain.Graphs.PyTorch.Pickling;

namespace Toolchain.Graphs.PyTorch;

/// <summary>The tensors by name in what a file holds: the dictionary itself, or the one that a training script's checkpoint has among its entries.</summary>
/// <param name="Tensors">Names and tensors, in order; no name stands twice.</param>
/// <param name="Entry">The checkpoint's entry; null when the file holds the dictionary itself.</param>
/// <param name="OtherEntries">The checkpoint's other entries.</param>
internal sealed record StateDict(IReadOnlyList<KeyValuePair<string, TensorReference>> Tensors, string? Entry, IReadOnlyList<string> OtherEntries)
{
    /// <summary>The entries under which training scripts keep the state dict.</summary>
    private static readonly string[] Entries = ["state_dict", "model_state_dict", "model"];

    /// <summary>Finds the dictionary.</summary>
    /// <exception cref="ToolchainException">There is none, or several (<see cref="ErrorKind.BadInput"/>).</exception>
    internal static StateDict Find(object root)
    {
        if (root is not PickleDict dictionary)
        {
            throw Fail($"it holds {PickleValues.Describe(root)}, not a state dict; save one with torch.save(model.state_dict(), 'weights.pth')");
        }

        if (dictionary.Items.Exists(static i => i.Value is TensorReference))
        {
            return new(TensorsOf(dictionary, "the state dict"), null, []);
        }

        var nested = Entries.SelectMany(name => dictionary.Find(name).OfType<PickleDict>().Select(found => (name, found))).ToArray();
        return nested switch
        {
            [var (name, found)] => new(TensorsOf(found, $"the state dict in entry '{name}'"), name, [.. dictionary.Items.Select(static i => i.Key).OfType<string>().Where(k => k != name)]),
            [] => throw Fail($"it holds a dictionary without tensors, {Keys(dictionary)}; the tensors themselves, or an entry {string.Join(", ", Entries)} with them, are expected"),
            _ => throw Fail($"it holds several state dicts, {string.Join(", ", nested.Select(static n => n.name))}; save the one that is meant alone"),
        };
    }

    private static List<KeyValuePair<string, TensorReference>> TensorsOf(PickleDict dictionary, string what)
    {
        var tensors = new List<KeyValuePair<string, TensorReference>>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (key, value) in dictionary.Items)
        {
            if (key is not string name)
            {
                throw Fail($"{what} has {PickleValues.Describe(key)} for a name");
            }

            if (value is not TensorReference tensor)
            {
                throw Fail($"{what} has {PickleValues.Describe(value)} under {PickleValues.Quote(name)}, where a tensor is expected");
            }

            if (!names.Add(name))
            {
                throw Fail($"{what} has the name {PickleValues.Quote(name)} twice");
            }

            tensors.Add(new(name, tensor));
        }

        return tensors.Count > 0 ? tensors : throw Fail($"{what} is empty");
    }

    private static string Keys(PickleDict dictionary) => dictionary.Items.Count == 0
        ? "and without anything else"
        : $"with the entries {string.Join(", ", dictionary.Items.Take(5).Select(static i => i.Key is string key ? PickleValues.Quote(key) : PickleValues.Describe(i.Key)))}{(dictionary.Items.Count > 5 ? ", …" : "")}";

    private static ToolchainException Fail(string problem) => new(ErrorKind.BadInput, $"{problem}.");
}
