using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Toolchain.Graphs;
using static TorchSharp.torch;

namespace Toolchain.Train.Execution;

/// <summary>Remembers which compute mode was the fastest, in a small JSON file that may be deleted at any time.</summary>
/// <param name="path">The file; made when needed.</param>
internal sealed class ComputeModeMemory(string path)
{
    /// <summary>The file of this user: <c>$XDG_CACHE_HOME/toolchain/compute-modes.json</c>, by default under <c>~/.cache</c>.</summary>
    public static ComputeModeMemory OfUser { get; } = new(Path.Combine(
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache ? cache : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
        "toolchain",
        "compute-modes.json"));

    /// <summary>What a measurement holds for: the network's structure, the batch, the candidates, and the machine with its engine and threads.</summary>
    public static string Key(Graph graph, Device device, int batch, IEnumerable<ComputeMode> candidates)
    {
        var structure = string.Join('\n', graph.Nodes.Select(n => $"{n.Op.Type} {string.Join(' ', n.Inputs.Where(graph.Initializers.ContainsKey).Select(i => graph.Initializers[i].Dimensions))}"));
        var text = string.Join('\n', graph.Inputs[0].Type, structure, device, batch, string.Join(' ', candidates), TorchDevice.EngineVersion, get_num_threads(), HostProcessor.Everything);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];
    }

    /// <summary>The mode that was remembered, if it is one of the candidates.</summary>
    public ComputeMode? Recall(string key, IEnumerable<ComputeMode> candidates) =>
        Read().TryGetValue(key, out var text) ? candidates.FirstOrDefault(c => c.ToString() == text) : null;

    /// <summary>Remembers a mode. A file that cannot be written only costs the next run a measurement.</summary>
    public void Remember(string key, ComputeMode mode)
    {
        var temporary = $"{path}.{Environment.ProcessId}";
        try
        {
            var all = Read();
            all[key] = mode.ToString();
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(temporary, JsonSerializer.SerializeToUtf8Bytes(all));
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            if (File.Exists(temporary))
            {
                File.Delete(temporary);
            }
        }
    }

    private SortedDictionary<string, string> Read()
    {
        try
        {
            return JsonSerializer.Deserialize<SortedDictionary<string, string>>(File.ReadAllBytes(path)) ?? [];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or JsonException)
        {
            return [];
        }
    }
}
