using Toolchain.Networks;

namespace Toolchain.Export.Tests.Support;

/// <summary>
/// Every network of the catalog with its defaults, and once with each other choice that its options offer, on the smallest of these images that it
/// takes; of those that are 64 channels wide, a narrow form stands for all.
/// </summary>
internal static class NetworkSamples
{
    public const int Classes = 10;

    private static readonly ImageSize[] Sizes = [new(1, 28, 28), new(3, 32, 32), new(3, 64, 64), new(3, 224, 224)];

    /// <summary>Rows of network and setting; settings are separated by commas, none are the defaults.</summary>
    public static TheoryData<string, string> All()
    {
        var rows = new TheoryData<string, string>();
        foreach (var network in NetworkCatalog.All)
        {
            var narrow = network.Options.OfType<NetworkOption.Number>().Any(static o => o is { Name: "width", Standard: >= 64 }) ? "width=8" : "";
            rows.Add(network.Name, narrow);
            foreach (var setting in network.Options.SelectMany(Others))
            {
                rows.Add(network.Name, $"{setting},{narrow}".TrimEnd(','));
            }
        }

        return rows;
    }

    /// <summary>The graph with weights as training leaves them, and the size of its images.</summary>
    public static (Graph Graph, ImageSize Size) Build(string name, string setting = "")
    {
        var network = NetworkCatalog.Get(name);
        var settings = setting.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(static s => s.Split('=')).ToDictionary(static p => p[0], static p => p[1]);
        var arguments = NetworkArguments.Of(network, settings);
        foreach (var size in Sizes[..^1])
        {
            try
            {
                return (network.Build(size, Classes, arguments).Trained(), size);
            }
            catch (ToolchainException misfit) when (misfit.Kind == ErrorKind.Usage)
            {
            }
        }

        return (network.Build(Sizes[^1], Classes, arguments).Trained(), Sizes[^1]);
    }

    private static IEnumerable<string> Others(NetworkOption option) => option switch
    {
        NetworkOption.Choice choice => choice.Values.Skip(1).Select(value => $"{choice.Name}={value}"),
        NetworkOption.Flag flag => [$"{flag.Name}=true"],
        _ => [],
    };
}
