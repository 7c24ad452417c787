using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Toolchain.Serve.Tests.TypeScript;

/// <summary>A folder with the scripts beside this file and the packages that set-up installed, in which Node.js runs them. Disposing deletes it.</summary>
internal sealed class NodeTools : IDisposable
{
    private static readonly string[] Sources = ["generate.mjs", "validate.mjs", "client.ts", "tsconfig.json"];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    public NodeTools()
    {
        foreach (var source in Sources)
        {
            File.Copy(Path.Combine(Path.GetDirectoryName(Here())!, source), Path.Combine(Folder, source));
        }

        File.WriteAllText(Path.Combine(Folder, "package.json"), """{"type":"module"}""");
        Directory.CreateSymbolicLink(Path.Combine(Folder, "node_modules"), Path.Combine(Root, "node_modules"));
    }

    /// <summary>The document that the repository has.</summary>
    public static string Document => Path.Combine(Root, "serve", "openapi.json");

    public string Folder { get; } = Directory.CreateTempSubdirectory("serve-node-").FullName;

    private static string Root => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Here())!, "../../.."));

    /// <summary>Runs a script to its end.</summary>
    /// <returns>What it wrote to standard output.</returns>
    public string Run(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("node", arguments) { WorkingDirectory = Folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        if (!process.WaitForExit(Patience))
        {
            process.Kill();
            Assert.Fail($"node {string.Join(' ', arguments)} did not end in time.");
        }

        Assert.True(process.ExitCode == 0, $"node {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{output.Result}{error.Result}");
        return output.Result;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static string Here([CallerFilePath] string here = "") => here;
}
