using System.Reflection;
using System.Text.Json.Nodes;

namespace Toolchain.EndToEnd.Tests;

/// <summary>A project outside the repository that has the packages and a network of its own.</summary>
public sealed class OwnNetworkTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("own-network-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_network_in_a_project_of_its_own_is_listed_described_and_trained()
    {
        Shell.Run($"eng/pack.sh --no-build --output '{_folder}/packages' -p:Engine={Metadata("Engine")}", Repository.Root).Succeeded();
        Copy(Repository.File("tests/Custom/MyNetwork"), Path.Combine(_folder, "MyNetwork"));
        WriteConfiguration();

        // What the packages need besides is in the machine's package folder already; these packages themselves go into one of their own.
        Shell.Run($"NUGET_PACKAGES='{_folder}/cache' dotnet build MyNetwork -c Release --nologo -v quiet -o app", _folder).Succeeded();

        Assert.Contains("two-stage    two stages of convolutions with a skip connection", Run("networks"), StringComparison.Ordinal);
        var described = JsonNode.Parse(Run("describe two-stage --set width=4 --json"))!;
        Assert.Equal((9 * 4) + 8 + (9 * 16) + 8 + 40 + 10, (int)described["parameters"]!["trainable"]!);

        WriteImages();
        var trained = JsonNode.Parse(Run($"run two-stage --set width=4 --data 'idx:{_folder}/data' --batch 16 --steps 3 --threads 1 --precision float32 --json"))!;
        Assert.Equal("two-stage:1", (string)trained["model"]!);
        Assert.Contains("stage2.conv", Run("describe two-stage:1"), StringComparison.Ordinal);
    }

    // Only standard output: the result line of --json.
    private string Run(string arguments)
    {
        var result = Shell.Run($"app/MyNetwork {arguments} 2>errors || {{ cat errors; exit 1; }}", _folder);
        return result.Succeeded().Output;
    }

    private void WriteConfiguration() => File.WriteAllText(Path.Combine(_folder, "nuget.config"), $"""
        <configuration>
          <packageSources>
            <add key="toolchain" value="{_folder}/packages" />
          </packageSources>
          <fallbackPackageFolders>
            <add key="machine" value="{PackageFolder}" />
          </fallbackPackageFolders>
        </configuration>
        """);

    private static string PackageFolder => Environment.GetEnvironmentVariable("NUGET_PACKAGES")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    // 64 training and 16 test images of 8×8 pixels, dark ones and light ones.
    private void WriteImages()
    {
        foreach (var (split, count) in new[] { ("train", 64), ("t10k", 16) })
        {
            var pixels = Enumerable.Range(0, count * 64).Select(static i => (byte)((i / 64 % 2 * 180) + (i % 64)));
            IdxFiles.Write(Path.Combine(_folder, "data"), split, 8, pixels, [.. Enumerable.Range(0, count).Select(static i => i % 2)]);
        }
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }

    private static string Metadata(string key) => typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == key).Value!;
}
