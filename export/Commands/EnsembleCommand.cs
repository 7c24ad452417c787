using System.CommandLine;
using System.Globalization;
using Toolchain.Export.Ensembles;
using Toolchain.Registry.Cli;

namespace Toolchain.Export.Commands;

/// <summary><c>export ensemble REF REF…</c>: several models as one averaging graph, or as one model with averaged weights.</summary>
internal sealed class EnsembleCommand : ToolCommand
{
    private readonly ReferencesArgument _references = new("The models, at least two: name (its highest version), name:3 or name@alias; of an ensemble its members are taken.");
    private readonly Option<string> _name = new("--name") { Description = "The name of the model that is published.", HelpName = "NAME", Required = true };
    private readonly Option<double[]?> _weights = new("--weights") { Description = "A weight for each model, in their order and in any scale (default: equal ones).", HelpName = "W,W,…", Arity = ArgumentArity.ExactlyOne, CustomParser = Numbers };
    private readonly Option<bool> _members = new("--members") { Description = "Also gives what each member gives, [N, members, classes]." };
    private readonly Option<string> _layout = new Option<string>("--layout")
    {
        Description = "How members run: as branches of the graph, grouped (as grouped convolutions and batched products; members of one architecture), or auto: whichever is faster on the device.",
        HelpName = "branches|grouped|auto",
        DefaultValueFactory = static _ => EnsembleReport.LayoutText(EnsembleLayout.Branches),
    }.AcceptOnlyFromAmong([.. Enum.GetValues<EnsembleLayout>().Select(EnsembleReport.LayoutText)]);

    private readonly Option<bool> _soup = new("--soup") { Description = "Averages the weights instead of the outputs, for models that were fine-tuned from one; with --data greedily, by the accuracy on the images that they were validated on." };
    private readonly EvaluationOptions _evaluation = new();
    private readonly ModelsOption _models = new();

    public EnsembleCommand()
        : base(
            "ensemble",
            "Merges models into one averaging graph, proves that it gives the average of what they give, and publishes it as a model.",
            "ensemble cnnnet:1 cnnnet:2 resblocks --name trio",
            "ensemble a b --name both --weights 2,1 --members --data fashion-mnist",
            "ensemble a:1 a:2 a:3 --name fast --layout auto",
            "ensemble a:1 a:2 a:3 --name soup --soup --data fashion-mnist")
    {
        Add(_references);
        Add(_name);
        Add(_weights);
        Add(_members);
        Add(_layout);
        Add(_soup);
        _evaluation.AddTo(this);
        Add(_models);
    }

    protected override Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var (registry, references) = (context.Registry(_models), context.Get(_references));
        var options = new EnsembleOptions
        {
            Name = context.Get(_name),
            Weights = context.WasGiven(_weights) ? context.Get(_weights) : null,
            WithMembers = context.Get(_members),
            Layout = Enum.GetValues<EnsembleLayout>().First(l => EnsembleReport.LayoutText(l) == context.Get(_layout)),
            Data = _evaluation.Data(context),
            Batch = _evaluation.Batch(context),
            Session = _evaluation.Session(context),
        };
        if (context.Get(_soup))
        {
            RequireNoOutputOptions(context);
            var soup = new SoupExport(registry, options).Run(references, cancellationToken);
            context.Console.Table(soup.ToRows());
            context.Console.Result(soup.ToJson());
            return Task.FromResult(ExitCode.Ok);
        }

        var report = new EnsembleExport(registry, options).Run(references, cancellationToken);
        context.Console.Table(report.ToRows());
        context.Console.Result(report.ToJson());
        return Task.FromResult(ExitCode.Ok);
    }

    private void RequireNoOutputOptions(CommandContext context)
    {
        if (context.Get(_members) || context.WasGiven(_layout))
        {
            throw new ToolchainException(ErrorKind.Usage, $"--soup makes one model, which has no members inside. Leave out {(context.Get(_members) ? "--members" : "--layout")}.");
        }
    }

    private static double[]? Numbers(System.CommandLine.Parsing.ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        var numbers = text.Split(',').Select(static part => double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : (double?)null).ToArray();
        if (numbers.Contains(null))
        {
            result.AddError($"--weights is '{text}'; expected numbers between commas, such as 1,2,1.");
            return null;
        }

        return [.. numbers.Select(static n => n!.Value)];
    }
}
