using System.Globalization;
using System.Text.Json;
using Toolchain.Registry;
using Toolchain.Registry.Cli;
using Toolchain.Train.Loop;
using Toolchain.Train.Recipes;
using Toolchain.Train.Sources;
using Toolchain.Train.Sweeps;

namespace Toolchain.Train.Commands;

/// <summary>The requests of a sweep's trials: the file's recipe, over it the trial's values, over both the command line, which may not fix what varies.</summary>
/// <param name="context">The command line.</param>
/// <param name="training">Its options.</param>
/// <param name="file">The sweep.</param>
/// <param name="registry">Where models are.</param>
/// <param name="cancellation">Stops the reading of the data.</param>
internal sealed class SweepRequests(CommandContext context, TrainingOptions training, SweepFile file, ModelRegistry registry, CancellationToken cancellation)
{
    private readonly Dictionary<string, NetworkSource> _sources = new(StringComparer.Ordinal);

    /// <summary>Checks that no option fixes what the file varies: one of the two would have no effect.</summary>
    /// <exception cref="ToolchainException">Some do (<see cref="ErrorKind.Usage"/>).</exception>
    public void RequireFree()
    {
        string[] problems = [.. file.Plan.Parameters.Select(p => training.Fixing(context, p.Key) is { } option ? $"{option} fixes what the sweep varies as '{p.Key}'" : null).OfType<string>()];
        if (problems.Length > 0)
        {
            throw new ToolchainException(ErrorKind.Usage, $"{string.Join("; ", problems)}. Leave out one of the two.");
        }
    }

    /// <summary>The request of a trial.</summary>
    /// <param name="values">Its values by key.</param>
    /// <exception cref="ToolchainException">They are no such values, or do not go together (<see cref="ErrorKind.Usage"/>).</exception>
    public TrainingRequest Of(IReadOnlyDictionary<string, string> values)
    {
        var recipe = file.Recipe.With(Trial(values));
        var request = training.Read(context, SourceOf(recipe), recipe, cancellation);
        return request with
        {
            Recipe = values.TryGetValue(SweepParameter.Seed, out var seed) ? request.Recipe with { Seed = Whole(seed) } : request.Recipe,
            SplitSeed = request.Recipe.Seed,
            Reading = values.TryGetValue(SweepParameter.ImageSize, out var size) ? request.Reading with { Size = ImageExtent.Parse(size).Pair } : request.Reading,
            Varied = [.. values.Keys],
        };
    }

    /// <summary>All that decides the results, as text; who watches, and how often states are saved, does not.</summary>
    /// <param name="first">The request of the first trial.</param>
    public string Definition(TrainingRequest first) => string.Join(
        '\n',
        $"data {first.Data}",
        $"reading {JsonSerializer.Serialize(ReadingSpec.Of(first.Reading) with { Cache = null })}",
        $"division {JsonSerializer.Serialize(first.Division)}",
        $"source {(first.Source is ModelSource model ? model.Parent.Reference : first.Source.Name)}",
        $"edits {string.Join(", ", first.Edits.Text)}",
        $"classes {first.NewHead}",
        $"recipe {JsonSerializer.Serialize(RecipeSettings.Write(first.Recipe))}",
        $"seed {first.SplitSeed}",
        $"device {first.Device}",
        $"threads {first.Threads}",
        $"precision {first.Precision}",
        $"layout {first.Layout}",
        file.Text);

    // A file or model is opened once and not for every trial.
    private NetworkSource SourceOf(RecipeFile recipe)
    {
        var key = string.Join('\n', recipe.Arguments.Select(static a => $"{a.Key}={a.Value}").Prepend(recipe.Network));
        if (!_sources.TryGetValue(key, out var source))
        {
            _sources.Add(key, source = training.Source(context, registry, recipe));
        }

        return source;
    }

    // A trial's values as a recipe over the file's own.
    private RecipeFile Trial(IReadOnlyDictionary<string, string> values)
    {
        var arguments = new Dictionary<string, string>(StringComparer.Ordinal);
        var settings = new List<(RecipeSetting, IReadOnlyList<string>)>();
        foreach (var (key, text) in values.Where(static v => v.Key is not (SweepParameter.Network or SweepParameter.ImageSize or SweepParameter.Seed)))
        {
            if (SweepParameter.ArgumentOf(key) is { } argument)
            {
                arguments.Add(argument, text);
            }
            else
            {
                settings.Add((RecipeSettings.Get(key, file.Recipe.Source), [text]));
            }
        }

        return new(file.Recipe.Source, values.GetValueOrDefault(SweepParameter.Network), arguments, null, null, settings);
    }

    private long Whole(string text) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
        ? number
        : throw new ToolchainException(ErrorKind.Usage, $"{file.Recipe.Source}: seed is '{text}'; it takes a whole number.");
}
