namespace Toolchain.Graphs.PyTorch.Pickling;

/// <summary>The numbers that one or more tensors lie in.</summary>
/// <param name="Key">Its name in the file.</param>
/// <param name="Type">The element type.</param>
/// <param name="Elements">How many there are.</param>
internal sealed record StorageReference(string Key, ElementType Type, long Elements)
{
    /// <summary>How many bytes there are.</summary>
    internal long Bytes => Elements * Type.Size();
}

/// <summary>A part of a storage: the whole of it, unless an old file says otherwise.</summary>
internal sealed record StorageView(StorageReference Storage, long Start, long Elements);

/// <summary>The storages that a pickle refers to by persistent ids: <c>('storage', class, key, location, elements)</c>, and a view of it in old files.</summary>
internal sealed class StorageTable
{
    private readonly Dictionary<string, StorageReference> _storages = new(StringComparer.Ordinal);

    /// <summary>The storage of a key, or null.</summary>
    internal StorageReference? Find(string key) => _storages.GetValueOrDefault(key);

    /// <summary>What a persistent id refers to. The location (<c>cpu</c>, <c>cuda:0</c>) says where the numbers were, and is not needed.</summary>
    internal StorageView Load(object id, PickleInput input)
    {
        if (id is not PickleTuple { Items: ["storage", AllowedGlobal.Storage type, string key, string, long elements, .. var rest] }
            || elements < 0 || elements > long.MaxValue / 16 || rest.Length > 1)
        {
            throw input.Fail("a reference to a storage is not understood");
        }

        var storage = Find(key);
        if (storage is null)
        {
            _storages.Add(key, storage = new(key, type.Type, elements));
        }
        else if (storage.Type != type.Type || storage.Elements != elements)
        {
            throw input.Fail($"storage {PickleValues.Quote(key)} is {storage.Elements} × {storage.Type.Display()} at first and {elements} × {type.Type.Display()} later");
        }

        return rest switch
        {
            [] or [PickleNone] => new(storage, 0, elements),
            [PickleTuple { Items: [string, long start, long count] }] when start >= 0 && count >= 0 && start <= elements - count => new(storage, start, count),
            _ => throw input.Fail($"a view of storage {PickleValues.Quote(key)} is outside its {elements} elements"),
        };
    }
}
