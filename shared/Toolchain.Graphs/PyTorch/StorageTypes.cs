namespace Toolchain.Graphs.PyTorch;

/// <summary>PyTorch's classes of storages, which say the element type of the tensors over them (torch/storage.py).</summary>
internal static class StorageTypes
{
    /// <summary>Classes by their names in <c>torch</c>; the first of a type is the one that is written.</summary>
    internal static readonly (string Name, ElementType Type)[] Names =
    [
        ("torch.DoubleStorage", ElementType.Float64),
        ("torch.FloatStorage", ElementType.Float32),
        ("torch.HalfStorage", ElementType.Float16),
        ("torch.BFloat16Storage", ElementType.BFloat16),
        ("torch.LongStorage", ElementType.Int64),
        ("torch.IntStorage", ElementType.Int32),
        ("torch.ShortStorage", ElementType.Int16),
        ("torch.CharStorage", ElementType.Int8),
        ("torch.ByteStorage", ElementType.UInt8),
        ("torch.BoolStorage", ElementType.Bool),
        ("torch.UntypedStorage", ElementType.UInt8),
        ("torch.storage.UntypedStorage", ElementType.UInt8),
    ];

    /// <summary>The class for a type, without its module.</summary>
    /// <exception cref="ToolchainException">PyTorch has none (<see cref="ErrorKind.BadInput"/>).</exception>
    internal static string NameOf(ElementType type) => Array.Find(Names, n => n.Type == type).Name?["torch.".Length..]
        ?? throw new ToolchainException(ErrorKind.BadInput, $"PyTorch files hold no {type.Display()} tensors.");
}
