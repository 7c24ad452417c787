using System.Globalization;
using Toolchain.Graphs.Safetensors;
using Toolchain.Networks;

namespace Toolchain.Bench.Serving;

/// <summary>Weights as training begins with them: what a model costs does not depend on how good it is.</summary>
internal static class FreshWeights
{
    /// <summary>Writes them under PyTorch's names.</summary>
    public static void Write(string network, string size, string classes, string file) =>
        SafetensorsFile.Write(file, NetworkCatalog.Get(network).Build(ImageSize.Parse(size), int.Parse(classes, CultureInfo.InvariantCulture)).Initializers);
}
