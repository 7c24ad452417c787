using System.CommandLine;

namespace Toolchain.Registry.Cli;

/// <summary>One model reference or several: <c>name</c>, <c>name:3</c> or <c>name@alias</c>.</summary>
public sealed class ReferencesArgument : Argument<ModelReference[]>
{
    /// <summary>An argument for one command.</summary>
    /// <param name="description">One sentence for the help.</param>
    /// <param name="name">Its name in the help.</param>
    public ReferencesArgument(string description, string name = "REF")
        : base(name)
    {
        (Description, Arity) = (description, ArgumentArity.OneOrMore);
        CustomParser = static result =>
        {
            try
            {
                return [.. result.Tokens.Select(static token => ModelReference.Parse(token.Value))];
            }
            catch (ToolchainException mistake)
            {
                result.AddError(mistake.Message);
                return [];
            }
        };
    }
}
