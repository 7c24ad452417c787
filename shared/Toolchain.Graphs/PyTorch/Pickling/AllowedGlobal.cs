namespace Toolchain.Graphs.PyTorch.Pickling;

/// <summary>
/// A Python name that a pickle may mention. The list is closed: what is not on it is refused, and what is on it stands for something that this
/// reader does itself.
/// </summary>
/// <param name="Name">Module and name.</param>
internal abstract record AllowedGlobal(string Name)
{
    private static readonly string[] DataTypes =
        ["float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool"];

    private static readonly Dictionary<string, AllowedGlobal> Known = new AllowedGlobal[]
    {
        new OrderedDict("collections.OrderedDict"),
        new RebuildTensor("torch._utils._rebuild_tensor_v2"),
        new RebuildParameter("torch._utils._rebuild_parameter"),
        new Size("torch.Size"),
    }
        .Concat(StorageTypes.Names.Select(static s => new Storage(s.Name, s.Type)))
        .Concat(DataTypes.Select(static t => new DataType($"torch.{t}")))
        .ToDictionary(static g => g.Name, StringComparer.Ordinal);

    /// <summary>The one of that name, or null.</summary>
    internal static AllowedGlobal? Find(string module, string name) => Known.GetValueOrDefault($"{module}.{name}");

    internal sealed record OrderedDict(string Name) : AllowedGlobal(Name);

    internal sealed record RebuildTensor(string Name) : AllowedGlobal(Name);

    internal sealed record RebuildParameter(string Name) : AllowedGlobal(Name);

    internal sealed record Size(string Name) : AllowedGlobal(Name);

    internal sealed record Storage(string Name, ElementType Type) : AllowedGlobal(Name);

    internal sealed record DataType(string Name) : AllowedGlobal(Name);
}
