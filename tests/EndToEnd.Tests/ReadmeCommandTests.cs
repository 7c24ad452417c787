using System.Text.RegularExpressions;
using Toolchain.Data;

namespace Toolchain.EndToEnd.Tests;

/// <summary>
/// Runs the README's commands one after the other, as a person would who reads it from top to bottom. Of Fashion-MNIST they find the first images only, and
/// training ends after a few steps; the demonstration has all of both.
/// </summary>
public sealed partial class ReadmeCommandTests : IDisposable
{
    private const string DocumentedUrl = "http://127.0.0.1:8080";

    private readonly string _folder = Directory.CreateTempSubdirectory("readme-").FullName;

    public ReadmeCommandTests()
    {
        // What commands write (models/, runs/, samples/) stays out of the checkout.
        foreach (var shared in (string[])["bin", "eng"])
        {
            Directory.CreateSymbolicLink(Path.Combine(_folder, shared), Repository.File(shared));
        }

        var all = DatasetCatalog.Open("fashion-mnist");
        WriteFirst("train", all.Train, 4000);
        WriteFirst("t10k", all.Test, 500);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Every_command_of_the_README_works()
    {
        var commands = Commands();
        Assert.Contains(commands, c => c.StartsWith("bin/train run", StringComparison.Ordinal));
        using var servers = new ServerProcesses();
        foreach (var command in commands)
        {
            if (command.StartsWith("bin/serve", StringComparison.Ordinal) && !command.Contains(" models", StringComparison.Ordinal))
            {
                await servers.StartAsync($"{command} --urls http://127.0.0.1:0", _folder);
            }
            else
            {
                var shortened = Shortened(command).Replace(DocumentedUrl, servers.Url ?? DocumentedUrl, StringComparison.Ordinal);
                Shell.Run($"export {DatasetCatalog.RootVariable}='{DataRoot}'; {shortened}", _folder).Succeeded();
            }
        }
    }

    // The lines of blocks marked «sh»; the two scripts have tests of their own.
    private static List<string> Commands() =>
    [
        .. Block().Matches(File.ReadAllText(Repository.File("README.md")))
            .SelectMany(static m => m.Groups[1].Value.Split('\n'))
            .Select(static line => line.Split("  #")[0].Trim())
            .Where(static line => line.Length > 0 && !line.StartsWith("./", StringComparison.Ordinal)),
    ];

    private string DataRoot => Path.Combine(_folder, "datasets");

    private void WriteFirst(string split, Dataset images, int count) =>
        IdxFiles.Write(Path.Combine(DataRoot, "fashion-mnist"), split, images.Height, images.Pixels.Span[..(count * images.Height * images.Width)].ToArray(), images.Labels[..count].ToArray());

    private static string Shortened(string command) => command.StartsWith("bin/train run", StringComparison.Ordinal) ? $"{command} --steps 40" : command;

    [GeneratedRegex("^```sh\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}
