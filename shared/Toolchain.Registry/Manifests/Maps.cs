using System.Collections.Immutable;

namespace Toolchain.Registry;

internal static class Maps
{
    /// <summary>An immutable copy in ordinal key order.</summary>
    public static IReadOnlyDictionary<string, T> Sorted<T>(IReadOnlyDictionary<string, T> map) => map.ToImmutableSortedDictionary(StringComparer.Ordinal);
}
