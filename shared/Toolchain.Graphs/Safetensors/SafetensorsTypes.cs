namespace Toolchain.Graphs.Safetensors;

/// <summary>The format's names of element types.</summary>
internal static class SafetensorsTypes
{
    private static readonly (string Name, ElementType Type)[] Names =
    [
        ("F64", ElementType.Float64),
        ("F32", ElementType.Float32),
        ("F16", ElementType.Float16),
        ("BF16", ElementType.BFloat16),
        ("I64", ElementType.Int64),
        ("I32", ElementType.Int32),
        ("I16", ElementType.Int16),
        ("I8", ElementType.Int8),
        ("U64", ElementType.UInt64),
        ("U32", ElementType.UInt32),
        ("U16", ElementType.UInt16),
        ("U8", ElementType.UInt8),
        ("BOOL", ElementType.Bool),
    ];

    /// <summary>The type of that name, or null.</summary>
    internal static ElementType? Parse(string name) => Array.Find(Names, n => n.Name == name) is { Name: not null } found ? found.Type : null;

    /// <summary>The type's name.</summary>
    internal static string NameOf(ElementType type) => Array.Find(Names, n => n.Type == type).Name
        ?? throw new ToolchainException(ErrorKind.BadInput, $"Safetensors files hold no {type.Display()} tensors.");

    /// <summary>All names, for errors.</summary>
    internal static string All => string.Join(", ", Names.Select(static n => n.Name));
}
