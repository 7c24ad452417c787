using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(Toolchain.EndToEnd.Tests.LongestFirst))]

namespace Toolchain.EndToEnd.Tests;

/// <summary>The demonstration takes the longest, so it begins first and the others run beside it.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderByDescending(static c => c.TestCollectionDisplayName.Contains(nameof(ScriptTests), StringComparison.Ordinal))];
}
