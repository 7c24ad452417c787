using System.Globalization;

namespace Toolchain.Bench.Serving;

/// <summary>What is measured, and with what.</summary>
/// <param name="Parts">The parts, in order.</param>
/// <param name="Models">A registry with <c>trivial</c> (one layer on 28×28 grey pixels) and <c>resnet18</c> (224×224 RGB), both exported for pixels.</param>
/// <param name="Weights">The folder of the weights that the models were made from.</param>
/// <param name="Serve">The server's program.</param>
/// <param name="Peers">The folder of the other servers.</param>
/// <param name="Threads">Computing threads of a run, here and in the server.</param>
/// <param name="Seconds">How long one measurement takes.</param>
internal sealed record BenchOptions(IReadOnlyList<string> Parts, string Models, string Weights, string Serve, string Peers, int Threads, double Seconds)
{
    /// <summary>The small model: little more than the way to it and back.</summary>
    public const string Trivial = "trivial";

    /// <summary>The model whose runs take milliseconds.</summary>
    public const string Large = "resnet18";

    /// <summary>One measurement.</summary>
    public TimeSpan Duration => TimeSpan.FromSeconds(Seconds);

    /// <summary>Reads the command line.</summary>
    public static BenchOptions Read(string[] args)
    {
        var first = Array.FindIndex(args, static a => a.StartsWith("--", StringComparison.Ordinal));
        var named = args.Skip(first < 0 ? args.Length : first).Chunk(2).ToDictionary(static pair => pair[0], static pair => pair[1], StringComparer.Ordinal);
        return new(
            args[..(first < 0 ? args.Length : first)],
            named["--models"],
            named["--weights"],
            named["--serve"],
            named.GetValueOrDefault("--peers", "bench/peers"),
            int.Parse(named.GetValueOrDefault("--threads", $"{Environment.ProcessorCount}"), CultureInfo.InvariantCulture),
            double.Parse(named.GetValueOrDefault("--seconds", "5"), CultureInfo.InvariantCulture));
    }

    /// <summary>The file of a model's version 1.</summary>
    public string FileOf(string model) => Path.Combine(Models, model, "1", "model.onnx");

    /// <summary>The file of a model's weights under PyTorch's names, which the model was made from.</summary>
    public string WeightsOf(string model) => Path.Combine(Weights, $"{model}.safetensors");

    /// <summary>Copies a model's version 1 into another registry, under a name.</summary>
    public void CopyModel(string model, string registry, string name)
    {
        var folder = Directory.CreateDirectory(Path.Combine(registry, name, "1")).FullName;
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Models, model, "1")))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }
    }

    /// <summary>Starts the server with some models, with as many threads for each as the bare session has.</summary>
    public ServerProcess Start(IReadOnlyList<string> models, params string[] options) =>
        StartShared(models, ["--threads", Threads.ToString(CultureInfo.InvariantCulture), .. options]);

    /// <summary>Starts the server with some models, as it runs by default: they share its threads.</summary>
    public ServerProcess StartShared(IReadOnlyList<string> models, params string[] options) => ServerProcess.Start(
        Serve,
        ["--models", Models, "--urls", "http://127.0.0.1:0", .. models.SelectMany(static m => (string[])["--model", m]), .. options]);
}
