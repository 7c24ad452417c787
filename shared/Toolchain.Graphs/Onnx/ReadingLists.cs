using Toolchain.Graphs.Onnx.Schema;

namespace Toolchain.Graphs.Onnx;

/// <summary>Collects repeated fields within limits.</summary>
internal static class ReadingLists
{
    /// <summary>Adds an item unless there are too many already.</summary>
    internal static void AddLimited<T>(this ICollection<T> list, WireReader reader, T item, int limit, string what)
    {
        if (list.Count >= limit)
        {
            throw reader.Fail($"there are more than {limit} {what}");
        }

        list.Add(item);
    }

    /// <summary>Adds the key and value of the field at hand, a <c>StringStringEntryProto</c>.</summary>
    internal static void AddEntry(this IDictionary<string, string> entries, WireReader parent, int limit)
    {
        var reader = parent.Message();
        var (key, value) = ("", "");
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case StringStringEntryProto.KeyFieldNumber:
                    reader.Label = key = reader.Text();
                    break;
                case StringStringEntryProto.ValueFieldNumber:
                    value = reader.Text();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (entries.Count >= limit)
        {
            throw parent.Fail($"there are more than {limit} entries");
        }

        if (!entries.TryAdd(key, value))
        {
            throw parent.Fail($"the key '{key}' stands twice");
        }
    }
}
