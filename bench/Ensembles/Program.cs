using System.Diagnostics;
using System.Globalization;
using Toolchain;
using Toolchain.Graphs;
using Toolchain.Runtime;

// bench-ensembles SECONDS THREADS FILE…: loads the files, runs all of them on the same images one after the other, and prints the median time of a round in ms
// for batches of 1 and of 32, and what the process takes beyond what it took before loading, in bytes.
var (seconds, threads) = (double.Parse(args[0], CultureInfo.InvariantCulture), int.Parse(args[1], CultureInfo.InvariantCulture));
var before = Resident();
var models = args[2..].Select(file => ModelSession.Load(file, new() { Device = DeviceSpec.Cpu, Threads = threads })).ToArray();

// As the server does when it has loaded a version.
NativeHeap.Trim();
var (single, batched) = (Measure(models, 1, seconds), Measure(models, 32, seconds));
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{single:0.####} {batched:0.####} {Resident() - before}"));
foreach (var model in models)
{
    model.Dispose();
}

static double Measure(ModelSession[] models, int batch, double seconds)
{
    var inputs = models.Select(model => Images(model, batch)).ToArray();
    Round(models, inputs);
    var (times, started) = (new List<double>(), Stopwatch.GetTimestamp());
    do
    {
        var round = Stopwatch.GetTimestamp();
        Round(models, inputs);
        times.Add(Stopwatch.GetElapsedTime(round).TotalMilliseconds);
    }
    while (Stopwatch.GetElapsedTime(started).TotalSeconds < seconds || times.Count < 5);

    return times.Order().ElementAt(times.Count / 2);
}

static void Round(ModelSession[] models, IReadOnlyDictionary<string, TensorData>[] inputs)
{
    for (var i = 0; i < models.Length; i++)
    {
        models[i].Run(inputs[i], [ModelTensors.Probabilities]);
    }
}

static IReadOnlyDictionary<string, TensorData> Images(ModelSession model, int batch)
{
    var input = model.Inputs[0];
    long[] dimensions = [batch, .. input.Shape.Skip(1).Select(static d => d.Value)];
    var random = new SeededRandom(1);
    var bytes = new byte[dimensions.Aggregate(1L, static (product, d) => product * d) * input.Type.Size()];
    foreach (ref var value in bytes.AsSpan())
    {
        value = (byte)random.Below(256);
    }

    return new Dictionary<string, TensorData> { [input.Name] = new(input.Type, [.. dimensions], bytes) };
}

// Memory that is there, of which mapped files are a part (proc_pid_status(5)).
static long Resident()
{
    GC.Collect();
    var line = File.ReadLines("/proc/self/status").First(static l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
    return 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
}
