using System.Globalization;

namespace Toolchain.Graphs.Editing;

/// <summary>The arguments of one layer, put in their places by its signature.</summary>
internal sealed class LayerArguments
{
    // The short names that this toolchain's own layers have beside PyTorch's.
    private static readonly Dictionary<string, string> Short = new(StringComparer.Ordinal) { ["channels"] = "out_channels", ["features"] = "out_features", ["kernel"] = "kernel_size" };

    private readonly Dictionary<string, LayerValue> _values = new(StringComparer.Ordinal);
    private readonly string _usage;

    /// <summary>Binds what was written.</summary>
    /// <param name="expression">The layer.</param>
    /// <param name="signature">The parameters in order, those that may be left out with their defaults: <c>kernel_size, stride=1</c>.</param>
    public LayerArguments(LayerExpression expression, string signature)
    {
        _usage = $"{expression.Name}({signature})";
        var parameters = signature.Split(", ", StringSplitOptions.RemoveEmptyEntries).Select(static p => p.Split('=')).ToArray();
        foreach (var parameter in parameters.Where(static p => p.Length == 2))
        {
            _values[parameter[0]] = new LayerValue.Word(parameter[1]);
        }

        var given = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (index, argument) in expression.Arguments.Index())
        {
            var name = argument.Name is { } written ? Short.GetValueOrDefault(written, written) : index < parameters.Length ? parameters[index][0] : throw Fail($"it takes at most {parameters.Length} arguments, found {expression.Arguments.Count}");
            if (!parameters.Any(p => p[0] == name))
            {
                throw Fail($"'{argument.Name}' is not one of its arguments{(Nearest.To(name, parameters.Select(static p => p[0])) is { } near ? $"; did you mean '{near}'?" : "")}");
            }

            if (!given.Add(name))
            {
                throw Fail($"{name} is given twice");
            }

            _values[name] = argument.Value;
        }

        if (parameters.FirstOrDefault(p => !_values.ContainsKey(p[0])) is { } missing)
        {
            throw Fail($"{missing[0]} is missing");
        }
    }

    /// <summary>A whole number.</summary>
    public int Whole(string name, int min) => WholeOf(name, _values[name], min);

    /// <summary>A whole number, or null for <c>None</c>.</summary>
    public int? WholeOrNone(string name, int min) => _values[name] is LayerValue.Word { Text: "None" } ? null : Whole(name, min);

    /// <summary>One whole number for both axes, or two in parentheses: height, then width.</summary>
    public (int Height, int Width) Pair(string name, int min) => _values[name] switch
    {
        LayerValue.Tuple { Items: [var height, var width] } => (WholeOf(name, height, min), WholeOf(name, width, min)),
        LayerValue.Word one => (WholeOf(name, one, min), WholeOf(name, one, min)),
        var other => throw Wrong(name, "a whole number or two in parentheses", other),
    };

    /// <summary>A number.</summary>
    public float Real(string name) =>
        _values[name] is LayerValue.Word word && float.TryParse(word.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && float.IsFinite(number) ? number : throw Wrong(name, "a number", _values[name]);

    /// <summary>True or false.</summary>
    public bool Flag(string name) => _values[name] switch
    {
        LayerValue.Word { Text: "True" or "true" } => true,
        LayerValue.Word { Text: "False" or "false" } => false,
        var other => throw Wrong(name, "True or False", other),
    };

    private int WholeOf(string name, LayerValue value, int min) =>
        value is LayerValue.Word word && int.TryParse(word.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= min ? number : throw Wrong(name, $"a whole number from {min}", value);

    private ToolchainException Wrong(string name, string expected, LayerValue found) => Fail($"{name} takes {expected}, found '{found}'");

    private ToolchainException Fail(string problem) => new(ErrorKind.Usage, $"Layer {_usage}: {problem.TrimEnd('?')}{(problem.EndsWith('?') ? '?' : '.')} Sizes that follow from the layer's input are left out.");
}
