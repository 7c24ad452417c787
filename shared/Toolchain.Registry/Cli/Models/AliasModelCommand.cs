using System.CommandLine;
using System.Text.Json.Nodes;

namespace Toolchain.Registry.Cli;

/// <summary><c>models alias NAME@ALIAS VERSION</c>: points an alias at a version, or removes it.</summary>
internal sealed class AliasModelCommand : ToolCommand
{
    private readonly Argument<ModelReference> alias = new("NAME@ALIAS")
    {
        Description = "The model and the alias, for example mnist@production.",
        CustomParser = result => Parsing.OneToken(result, ParseAlias),
    };
    private readonly Argument<int?> version = new("VERSION") { Description = "The version that it points to from now on.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<bool> remove = new("--remove") { Description = "Remove the alias; the version stays." };
    private readonly ModelsOption models = new();

    public AliasModelCommand()
        : base("alias", "Points an alias at a version, or removes the alias.", "models alias mnist@production 3", "models alias mnist@candidate --remove")
    {
        Add(alias);
        Add(version);
        Add(remove);
        Add(models);
        Validators.Add(result =>
        {
            if ((result.GetResult(version) is { Tokens.Count: > 0 }) == result.GetValue(remove))
            {
                result.AddError("Expected either a VERSION to point the alias at, or --remove.");
            }
        });
    }

    protected override Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var registry = context.Registry(models);
        var reference = context.Get(alias);
        var target = context.Get(version);
        if (target is { } number)
        {
            registry.SetAlias(reference.Name, reference.Alias!, number);
            context.Console.Line($"{reference} is now {reference.Name}:{number}.");
        }
        else
        {
            registry.RemoveAlias(reference.Name, reference.Alias!);
            context.Console.Line($"{reference} is removed.");
        }

        context.Console.Result(new JsonObject { ["alias"] = reference.ToString(), ["version"] = target });
        return Task.FromResult(ExitCode.Ok);
    }

    private static ModelReference ParseAlias(string text) => ModelReference.Parse(text) is { Alias: not null } reference
        ? reference
        : throw new ToolchainException(ErrorKind.Usage, $"'{text}' names no alias. Expected NAME@ALIAS, for example mnist@production.");
}
