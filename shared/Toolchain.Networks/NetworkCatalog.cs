namespace Toolchain.Networks;

/// <summary>The networks that <c>train</c> knows. Adding one is a class and a line here; tests then cover it.</summary>
public static class NetworkCatalog
{
    /// <summary>All networks, in the order of the notes.</summary>
    public static IReadOnlyList<Network> All { get; } =
    [
        new LinearModel(),
        new Mlp(),
        new CnnNet(),
        new WideNet(),
        new SkipNet(),
        new ResBlocks(),
        new CifarResNet(),
        .. ResNet.Variants,
        new InceptionNet(),
        new GoogLeNet(),
        new UNet(),
    ];

    /// <summary>The network of the given name.</summary>
    /// <exception cref="ToolchainException">There is none (<see cref="ErrorKind.Usage"/>).</exception>
    public static Network Get(string name) => All.FirstOrDefault(n => n.Name == name)
        ?? throw new ToolchainException(ErrorKind.Usage, $"Network '{name}' is not known.{Nearest.Hint(name, All.Select(static n => n.Name))} Known networks: {string.Join(", ", All.Select(static n => n.Name))}. See: train networks.");
}
