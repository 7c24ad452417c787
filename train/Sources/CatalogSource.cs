using Toolchain.Graphs;
using Toolchain.Networks;
using Toolchain.Registry;

namespace Toolchain.Train.Sources;

/// <summary>A network of the catalog with its arguments.</summary>
internal sealed class CatalogSource(Network network, NetworkArguments arguments) : NetworkSource
{
    private static readonly ImageSize StandardInput = new(1, 28, 28);
    private const int StandardClasses = 10;

    /// <inheritdoc/>
    public override string Name => network.Name;

    /// <inheritdoc/>
    public override NetworkSpec Network => new() { Name = network.Name, Arguments = arguments.Values };

    /// <inheritdoc/>
    public override SourceSpec Keep(string folder) => new() { Network = Network };

    /// <inheritdoc/>
    public override Graph Build(ImageSize? input, int? classes, long seed) => network.Build(input ?? StandardInput, classes ?? StandardClasses, arguments, seed);

    /// <inheritdoc/>
    public override void RequireTask(ModelTask task)
    {
        if (!network.Tasks.Contains(task))
        {
            string[] others = [.. NetworkCatalog.All.Where(n => n.Tasks.Contains(task)).Select(static n => n.Name)];
            throw new ToolchainException(ErrorKind.Usage, $"Network '{network.Name}' is for {string.Join(" and ", network.Tasks.Select(static t => t.Text()))}, and the data is for {task.Text()}. Networks for that: {string.Join(", ", others)}.");
        }
    }

    /// <inheritdoc/>
    protected override (Graph Graph, IReadOnlyList<string> Notes) Prepare(ImageSize input, int classes, bool newHead, long seed, InitializationPolicy? first) =>
        (network.Build(input, classes, arguments, seed, first), []);
}
