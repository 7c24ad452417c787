using System.Collections.Immutable;

namespace Toolchain.Networks;

/// <summary>The networks that <c>train</c> knows: the documented ones, and those that a program of its own registers.</summary>
public static class NetworkCatalog
{
    private static ImmutableArray<Network> _registered = [];

    /// <summary>The documented networks, in the order of the notes. Adding one is a class and a line here; tests then cover it.</summary>
    public static IReadOnlyList<Network> Documented { get; } =
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

    /// <summary>All networks: the documented ones, then the registered ones in the order of their registration.</summary>
    public static IReadOnlyList<Network> All => [.. Documented, .. _registered];

    /// <summary>Adds networks for the life of the process; all of them or, when one cannot be added, none. Safe to call from several threads; an object that is there already stays there once.</summary>
    /// <exception cref="ToolchainException">Another network has the name of one of them (<see cref="ErrorKind.Usage"/>).</exception>
    public static void Register(params IReadOnlyCollection<Network> networks) => ImmutableInterlocked.Update(ref _registered, static (known, added) => added.Aggregate(known, Add), networks);

    /// <summary>The network of the given name.</summary>
    /// <exception cref="ToolchainException">There is none (<see cref="ErrorKind.Usage"/>).</exception>
    public static Network Get(string name) => All.FirstOrDefault(n => n.Name == name)
        ?? throw new ToolchainException(ErrorKind.Usage, $"Network '{name}' is not known.{Nearest.Hint(name, All.Select(static n => n.Name))} Known networks: {string.Join(", ", All.Select(static n => n.Name))}. See: train networks.");

    private static ImmutableArray<Network> Add(ImmutableArray<Network> known, Network added) => Documented.Concat(known).FirstOrDefault(n => n.Name == added.Name) switch
    {
        null => known.Add(added),
        var same when ReferenceEquals(same, added) => known,
        var other => throw new ToolchainException(ErrorKind.Usage, $"Network '{added.Name}' ({added.GetType()}) has the name of another network ({other.GetType()}). Give it a name of its own."),
    };
}
