using System.CommandLine;
using System.CommandLine.Parsing;

namespace Toolchain.Registry.Cli;

/// <summary><c>--models DIR</c>: the registry; <c>models</c> by default. Read with <see cref="CommandContext.Registry"/>.</summary>
public sealed class ModelsOption : Option<string>
{
    /// <summary>An option for one command.</summary>
    public ModelsOption()
        : base("--models")
    {
        (Description, HelpName) = ("The folder of the model registry.", "DIR");
        DefaultValueFactory = _ => "models";
    }
}

/// <summary><c>--device auto|cpu|cuda[:N]</c>; <c>auto</c> by default.</summary>
public sealed class DeviceOption : Option<DeviceSpec>
{
    /// <summary>An option for one command.</summary>
    public DeviceOption()
        : base("--device")
    {
        (Description, HelpName) = ("Where to compute: auto takes CUDA when the engine and a GPU are there.", "auto|cpu|cuda[:N]");
        DefaultValueFactory = _ => DeviceSpec.Auto;
        CustomParser = result => Parsing.OneToken(result, DeviceSpec.Parse);
    }
}

/// <summary><c>--seed N</c>: the seed of every random choice; 0 by default.</summary>
public sealed class SeedOption : Option<long>
{
    /// <summary>An option for one command.</summary>
    public SeedOption()
        : base("--seed")
    {
        (Description, HelpName) = ("The seed of every random choice.", "N");
        DefaultValueFactory = _ => 0;
    }
}

/// <summary><c>--threads N</c>: computing threads; null, the default, leaves the number to the engine.</summary>
public sealed class ThreadsOption : Option<int?>
{
    /// <summary>An option for one command.</summary>
    public ThreadsOption()
        : base("--threads")
    {
        (Description, HelpName) = ("Computing threads, from 1 (default: one per core).", "N");
        Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is < 1)
            {
                result.AddError($"--threads is {result.Tokens[0].Value}; at least 1 is needed.");
            }
        });
    }
}

/// <summary>A model reference: <c>name</c>, <c>name:3</c> or <c>name@alias</c>.</summary>
public sealed class ReferenceArgument : Argument<ModelReference>
{
    /// <summary>An argument for one command.</summary>
    /// <param name="name">Its name in the help.</param>
    /// <param name="description">One sentence for the help.</param>
    public ReferenceArgument(string name = "REF", string description = "The model: name (its highest version), name:3 or name@alias.")
        : base(name)
    {
        Description = description;
        CustomParser = result => Parsing.OneToken(result, ModelReference.Parse);
    }
}

/// <summary><c>--json</c>: the result as one line of JSON. Every command has it; <see cref="CommandConsole.Json"/> tells.</summary>
internal sealed class JsonOption : Option<bool>
{
    public JsonOption()
        : base("--json")
    {
        (Description, Recursive) = ("Print the result as one line of JSON on standard output, and everything else on standard error.", true);
    }
}

/// <summary>Parsers whose failures are reported like every other mistake on the command line.</summary>
public static class Parsing
{
    /// <summary>Parses the one token of an option or argument; a <see cref="ToolchainException"/> becomes a usage error with its message.</summary>
    public static T? OneToken<T>(ArgumentResult result, Func<string, T> parse)
    {
        try
        {
            return parse(result.Tokens[0].Value);
        }
        catch (ToolchainException mistake)
        {
            result.AddError(mistake.Message);
            return default;
        }
    }
}
