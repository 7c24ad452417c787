using System.Globalization;
using Toolchain.Registry.Cli;

namespace Toolchain.Registry.Tests.Support;

/// <summary>What this assembly does when a test starts it as a process of its own. Every completed step is a line of standard output.</summary>
internal static class Actor
{
    public const string Switch = "--actor";

    public static async Task<int> RunAsync(string[] script)
    {
        try
        {
            switch (script)
            {
                case ["churn", var root, var name]:
                    Churn(new ModelRegistry(root), name);
                    return 0;
                case ["publish", var root, var name, var count]:
                    Repeat(count, _ => Say("published", Samples.Publish(new ModelRegistry(root), name).Version));
                    return 0;
                case ["add", var root, var reference, var prefix, var count]:
                    Add(new ModelRegistry(root), reference, prefix, count);
                    return 0;
                case ["publish-large", var root, var name, var bytes]:
                    Samples.Publish(new ModelRegistry(root), name, new byte[int.Parse(bytes, CultureInfo.InvariantCulture)]);
                    return 0;
                case ["wait"]:
                    return await CommandLine.RunAsync("actor", "Waits to be stopped.", ["wait"], new WaitCommand());
                default:
                    throw new ArgumentException($"Unknown script: {string.Join(' ', script)}");
            }
        }
        catch (ToolchainException failure)
        {
            Console.Error.WriteLine(failure.Message);
            return (int)ExitCodes.Of(failure.Kind);
        }
    }

    /// <summary>Publishes, adds, names and removes until it is killed.</summary>
    private static void Churn(ModelRegistry registry, string name)
    {
        while (true)
        {
            var version = Samples.Publish(registry, name);
            Say("published", version.Version);
            registry.AddArtifact(version, ArtifactKinds.Model, "model.onnx", Samples.Writes(Samples.Bytes(20_000)));
            Say("exported", version.Version);
            registry.SetAlias(name, "newest", version.Version);
            Say("named", version.Version);
            if (version.Version > 3)
            {
                Say("removing", version.Version - 3);
                registry.Remove(ModelReference.To(name, version.Version - 3));
            }
        }
    }

    private static void Add(ModelRegistry registry, string reference, string prefix, string count) => Repeat(count, index =>
    {
        registry.AddArtifact(registry.Resolve(reference), "note", $"{prefix}{index}.bin", Samples.Writes([(byte)index]));
        Say("added", index);
    });

    private static void Repeat(string count, Action<int> step)
    {
        for (var index = 0; index < int.Parse(count, CultureInfo.InvariantCulture); index++)
        {
            step(index);
        }
    }

    private static void Say(string what, int number)
    {
        Console.Out.WriteLine($"{what} {number}");
        Console.Out.Flush();
    }

    private sealed class WaitCommand() : ToolCommand("wait", "Waits.")
    {
        protected override async Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
        {
            context.Console.Line("waiting");
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return ExitCode.Ok;
        }
    }
}
