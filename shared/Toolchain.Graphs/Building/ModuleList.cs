using System.Collections;
using System.Globalization;

namespace Toolchain.Graphs;

/// <summary>
/// Layers under one name, numbered from 0, that the network applies itself, as PyTorch's <c>nn.ModuleList</c> (notes: Model definition):
/// parameters are named <c>{name}.{index}.…</c>.
/// </summary>
public sealed class ModuleList(string name, params Layer[] layers) : IReadOnlyList<Layer>
{
    /// <summary>The number of layers.</summary>
    public int Count => layers.Length;

    /// <summary>A layer under its name.</summary>
    public Layer this[int index]
    {
        get
        {
            var (scope, layer) = ($"{name}.{index.ToString(CultureInfo.InvariantCulture)}", layers[index]);
            return (net, x) => net.Apply(scope, layer, x);
        }
    }

    /// <inheritdoc/>
    public IEnumerator<Layer> GetEnumerator() => Enumerable.Range(0, Count).Select(i => this[i]).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
