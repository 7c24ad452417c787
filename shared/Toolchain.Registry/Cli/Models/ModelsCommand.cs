using System.CommandLine;
using System.Diagnostics.CodeAnalysis;

namespace Toolchain.Registry.Cli;

/// <summary><c>models</c>: what the registry has, and keeping it in order. All three programs have it.</summary>
[SuppressMessage("Design", "CA1010", Justification = "System.CommandLine's Command is enumerable only so that collection initialisers work.")]
public sealed class ModelsCommand : Command
{
    /// <summary>The group of commands.</summary>
    public ModelsCommand()
        : base("models", "Lists, shows, names, checks and removes the models of the registry.")
    {
        Add(new ListModelsCommand());
        Add(new ShowModelCommand());
        Add(new AliasModelCommand());
        Add(new VerifyModelsCommand());
        Add(new RemoveModelCommand());
        Add(new CollectGarbageCommand());
    }
}
