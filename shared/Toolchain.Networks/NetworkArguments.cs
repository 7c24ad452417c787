using System.Globalization;

namespace Toolchain.Networks;

/// <summary>The arguments of a network: one value for every option it has, all of them checked.</summary>
public sealed class NetworkArguments
{
    private readonly SortedDictionary<string, string> _values;

    private NetworkArguments(SortedDictionary<string, string> values) => _values = values;

    /// <summary>Every argument as text, sorted by name.</summary>
    public IReadOnlyDictionary<string, string> Values => _values;

    /// <summary>An argument as text.</summary>
    public string this[string name] => _values[name];

    /// <summary>An argument as a number.</summary>
    public int Number(string name) => int.Parse(_values[name], CultureInfo.InvariantCulture);

    /// <summary>An argument as true or false.</summary>
    public bool Flag(string name) => _values[name] == "true";

    /// <summary>Checks settings against a network's options and fills in the defaults.</summary>
    /// <exception cref="ToolchainException">Some are unknown or out of range; the message lists every problem (<see cref="ErrorKind.Usage"/>).</exception>
    public static NetworkArguments Of(Network network, IReadOnlyDictionary<string, string>? settings = null)
    {
        var values = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var option in network.Options)
        {
            values[option.Name] = option.Default;
        }

        var problems = new List<string>();
        foreach (var (name, value) in settings ?? new Dictionary<string, string>())
        {
            var option = network.Options.FirstOrDefault(o => o.Name == name);
            if (option is null)
            {
                problems.Add($"'{name}' is not one of its arguments ({(network.Options.Count == 0 ? "it has none" : string.Join(", ", network.Options.Select(static o => o.Name)))})");
            }
            else if (!option.Takes(value))
            {
                problems.Add($"{name} takes {option.Domain}, found '{value}'");
            }
            else
            {
                values[name] = value;
            }
        }

        return problems.Count == 0
            ? new(values)
            : throw new ToolchainException(ErrorKind.Usage, $"Network '{network.Name}': {string.Join("; ", problems)}. See: train networks.");
    }
}
