using Toolchain.Graphs;

namespace Toolchain.Export.Ensembles.Grouping;

/// <summary>How a value holds what all members have.</summary>
internal enum GroupedForm
{
    /// <summary>All members have the same.</summary>
    Shared,

    /// <summary>The members' channels lie one after the other: <c>[N, members · C, …]</c>.</summary>
    Channels,

    /// <summary>A matrix for each member: <c>[members, N, K]</c>.</summary>
    Batched,
}

/// <summary>A value of a grouped graph.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Form">How it holds what members have.</param>
/// <param name="Shape">The shape of one member's part, <c>[N, C, …]</c>.</param>
internal sealed record GroupedValue(string Name, GroupedForm Form, Shape Shape);

/// <summary>Brings values into the form that an operator needs.</summary>
/// <param name="nodes">Where nodes go.</param>
/// <param name="members">The number of members.</param>
internal sealed class GroupedForms(NodeList nodes, int members)
{
    private static readonly Transpose SwapFirst = new([1, 0, 2]);

    /// <summary>The value as <see cref="GroupedForm.Channels"/>.</summary>
    public GroupedValue Channels(GroupedValue value) => value.Form switch
    {
        GroupedForm.Channels => value,
        GroupedForm.Shared => Once(value, GroupedForm.Channels, () => nodes.Add($"{value.Name}.copies", new Concat(1), [.. Enumerable.Repeat(value.Name, members)])),
        GroupedForm.Batched => Once(value, GroupedForm.Channels, () => Reshape($"{value.Name}.channels", nodes.Add($"{value.Name}.rows", SwapFirst, value.Name), 0, -1)),
        _ => throw new ArgumentOutOfRangeException(nameof(value), value.Form, "Unknown form."),
    };

    /// <summary>A matrix <c>[N, K]</c> for each member, as <see cref="GroupedForm.Batched"/>.</summary>
    public GroupedValue Batched(GroupedValue value) => value.Form == GroupedForm.Batched
        ? value
        : Once(value, GroupedForm.Batched, () => nodes.Add($"{value.Name}.batched", SwapFirst, Reshape($"{value.Name}.rows", Channels(value).Name, 0, members, -1)));

    /// <summary>A value with the members as its second axis: <c>[N, members, K, …]</c>.</summary>
    public string Beside(GroupedValue value) => value.Form == GroupedForm.Batched
        ? nodes.Add($"{value.Name}.beside", SwapFirst, value.Name)
        : Reshape($"{value.Name}.beside", Channels(value).Name, [0, members, -1, .. value.Shape.Skip(2).Select(static d => d.Value)]);

    /// <summary>Adds a reshape; 0 copies a dimension and −1 is what remains.</summary>
    public string Reshape(string name, string value, params ReadOnlySpan<long> target)
    {
        var key = string.Join(',', target.ToArray());
        var dimensions = target.ToArray();
        var shape = nodes.Once($"shape {key}", () => nodes.Constant("all.shape", TensorData.Of<long>(dimensions)));
        return nodes.Add(name, new Reshape(), value, shape);
    }

    private GroupedValue Once(GroupedValue value, GroupedForm form, Func<string> make) => value with { Name = nodes.Once($"{form} {value.Name}", make), Form = form };
}
