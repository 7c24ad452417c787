using System.CommandLine;
using Toolchain.Registry.Cli;
using Toolchain.Train.Inside;

namespace Toolchain.Train.Commands;

/// <summary>What <see cref="LookCommand"/> draws. Without any of the techniques it is all of them that the model has.</summary>
internal sealed class LookOptions
{
    private readonly Option<bool> _filters = new("--filters") { Description = "The filters of the first convolution." };
    private readonly Option<string[]> _dream = new("--dream") { Description = "An input that raises the score of a class, or a layer or channel, as far as it can; may be repeated.", HelpName = DreamTarget.Usage };
    private readonly Option<int?> _start = new("--dream-from") { Description = "Begin dreams with this test image instead of noise.", HelpName = "INDEX" };
    private readonly Option<int> _steps = Count("--dream-steps", "Steps of a dream's optimiser.", new DreamOptions().Steps);
    private readonly Option<int> _saliency = Count("--saliency", "Saliency maps of this many test images, one of each class in turn.", 10);
    private readonly Option<int> _smooth = new("--smooth-grad") { Description = "Noisy copies of each image that a saliency map is averaged over; 0 for none.", HelpName = "N", DefaultValueFactory = static _ => 16 };
    private readonly Option<int> _gradCam = Count("--grad-cam", "Grad-CAM maps of this many test images, one of each class in turn.", 10);
    private readonly Option<string?> _layer = new("--layer") { Description = "The layer that Grad-CAM explains by (default: the last convolution's activation).", HelpName = "NAME" };
    private readonly Option<int> _mistakes = Count("--mistakes", "The wrongly classified test images with the highest losses.", 20);

    public LookOptions() => _smooth.Validators.Add(static result =>
    {
        if (result.GetValueOrDefault<int>() < 0)
        {
            result.AddError("--smooth-grad must be at least 0.");
        }
    });

    private Option[] Techniques => [_filters, _dream, _saliency, _gradCam, _mistakes];

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_filters, _dream, _start, _steps, _saliency, _smooth, _gradCam, _layer, _mistakes])
        {
            command.Add(option);
        }
    }

    /// <summary>What was asked for.</summary>
    /// <exception cref="ToolchainException">An option has no effect without another (<see cref="ErrorKind.Usage"/>).</exception>
    public LookChoice Read(CommandContext context)
    {
        var all = !Techniques.Any(context.WasGiven);
        foreach (var (detail, technique) in ((Option, Option)[])[(_start, _dream), (_steps, _dream), (_smooth, _saliency), (_layer, _gradCam)])
        {
            if (context.WasGiven(detail) && !all && !context.WasGiven(technique))
            {
                throw new ToolchainException(ErrorKind.Usage, $"{detail.Name} belongs to {technique.Name}, which is not drawn. Leave out what has no effect.");
            }
        }

        return new(
            all,
            all || context.Get(_filters),
            all ? [DreamTarget.All] : [.. context.Get(_dream) ?? []],
            context.Get(_start),
            context.Get(_steps),
            all || context.WasGiven(_saliency) ? context.Get(_saliency) : 0,
            context.Get(_smooth),
            all || context.WasGiven(_gradCam) ? context.Get(_gradCam) : 0,
            context.Get(_layer),
            all || context.WasGiven(_mistakes) ? context.Get(_mistakes) : 0);
    }

    private static Option<int> Count(string name, string description, int standard)
    {
        var option = new Option<int>(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => standard };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
            {
                result.AddError($"{name} must be at least 1.");
            }
        });
        return option;
    }
}

/// <summary>What to draw.</summary>
/// <param name="IsAll">Whether no technique was asked for: then those that the model does not have are left out.</param>
/// <param name="Filters">Whether to draw the filters of the first convolution.</param>
/// <param name="Dreams">Targets of dreams.</param>
/// <param name="DreamStart">The test image that dreams begin with; null for noise.</param>
/// <param name="DreamSteps">Steps of a dream.</param>
/// <param name="Saliency">Images with a saliency map.</param>
/// <param name="SmoothGrad">Noisy copies for each.</param>
/// <param name="GradCam">Images with a Grad-CAM map.</param>
/// <param name="Layer">The layer for it; null for the last convolution.</param>
/// <param name="Mistakes">The worst mistakes.</param>
internal sealed record LookChoice(
    bool IsAll, bool Filters, IReadOnlyList<string> Dreams, int? DreamStart, int DreamSteps, int Saliency, int SmoothGrad, int GradCam, string? Layer, int Mistakes);
