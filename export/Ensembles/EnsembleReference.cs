using System.Runtime.InteropServices;
using Toolchain.Graphs;
using Toolchain.Registry;

namespace Toolchain.Export.Ensembles;

/// <summary>What an ensemble must give for some samples: the members' own outputs, averaged in double precision.</summary>
/// <param name="Samples">The bytes of <c>uint8 [n, H, W, C]</c>, or of <c>float32 [n, 1, 1, C]</c> for tables, in the size that the ensemble takes.</param>
/// <param name="Count">n.</param>
/// <param name="Dimensions">Those of one output: <c>[n, K]</c>, or <c>[n, K, H, W]</c> of a segmentation.</param>
/// <param name="Mean">The weighted mean of the members' outputs.</param>
/// <param name="Disagreement">The mutual information of class and member in nats, or the variance of values.</param>
/// <param name="Members">The outputs of each member, in the plan's order.</param>
internal sealed record EnsembleReference(
    ReadOnlyMemory<byte> Samples, int Count, EquatableArray<long> Dimensions, EquatableArray<double> Mean, EquatableArray<double> Disagreement, EquatableArray<TensorData> Members)
{
    private const int RandomSamples = 8;
    private const long Seed = 0;

    /// <summary>What the ensemble's logits or values must be: the logarithm of the mean probabilities, or the mean values.</summary>
    public EquatableArray<double> Trained(EnsemblePlan plan) => plan.IsRegression ? Mean : Mean.Select(static m => Math.Log(Math.Max(m, EnsembleHead.SmallestProbability))).ToEquatableArray();

    /// <summary>The probe of the ensemble: the first samples, with its logits or values for them.</summary>
    public Probe Probe(EnsemblePlan plan)
    {
        var input = plan.Input.Preprocessing;
        var count = Math.Min(Count, RandomSamples);
        var perSample = Mean.Count / Count;
        float[] outputs = [.. Trained(plan).Take(count * perSample).Select(static v => (float)v)];
        var type = input.Samples == SampleKind.Pixels ? ElementType.UInt8 : ElementType.Float32;
        return new(
            new(type, [count, input.Height, input.Width, input.Channels], Samples[..(Samples.Length / Count * count)]),
            new(ElementType.Float32, [count, .. Dimensions.Skip(1)], MemoryMarshal.AsBytes(outputs.AsSpan()).ToArray()));
    }

    /// <summary>Averages the members' outputs.</summary>
    /// <param name="plan">The ensemble.</param>
    /// <param name="samples">The samples.</param>
    /// <param name="count">How many.</param>
    /// <param name="outputs">What each member gives, in the plan's order.</param>
    public static EnsembleReference Of(EnsemblePlan plan, ReadOnlyMemory<byte> samples, int count, IReadOnlyList<TensorData> outputs)
    {
        var dimensions = outputs[0].Dimensions;
        var mean = new double[outputs[0].ElementCount];
        foreach (var (output, weight) in outputs.Zip(plan.Weights))
        {
            var values = output.Values<float>();
            for (var i = 0; i < mean.Length; i++)
            {
                mean[i] += weight * values[i];
            }
        }

        var disagreement = plan.IsRegression ? Variance(plan.Weights, outputs, mean) : MutualInformation(plan.Weights, outputs, mean, (int)dimensions[1], count);
        return new(samples, count, dimensions, mean.ToEquatableArray(), disagreement.ToEquatableArray(), outputs.ToEquatableArray());
    }

    /// <summary>The samples to compare on: those of the members' probes that have the right size, each once, and random ones.</summary>
    /// <param name="input">The samples that are taken.</param>
    /// <param name="members">The members.</param>
    public static (ReadOnlyMemory<byte> Samples, int Count) SamplesFor(Preprocessing input, IReadOnlyCollection<EnsembleMember> members)
    {
        var size = input.Height * input.Width * input.Channels * (input.Samples == SampleKind.Pixels ? 1 : sizeof(float));
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var samples = new List<ReadOnlyMemory<byte>>();
        foreach (var probe in members.Where(static m => m.Version.Manifest.Find(ArtifactKinds.Probe) is not null).Select(static m => Registry.Probe.Open(m.Version)))
        {
            var own = Enumerable.Range(0, probe.Images).Select(i => probe.Take(i, 1));
            samples.AddRange(own.Where(sample => sample.Length == size && seen.Add(Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(sample.Span)))));
        }

        samples.Add(Random(input, RandomSamples, size));
        var all = new byte[samples.Sum(static s => s.Length)];
        var at = 0;
        foreach (var sample in samples)
        {
            sample.CopyTo(all.AsMemory(at));
            at += sample.Length;
        }

        return (all, all.Length / size);
    }

    // Every byte of an image is as likely as any other; a table's numbers lie within two deviations of the mean.
    private static byte[] Random(Preprocessing input, int count, int size)
    {
        var random = new SeededRandom(Seed);
        var bytes = new byte[count * size];
        if (input.Samples == SampleKind.Pixels)
        {
            foreach (ref var pixel in bytes.AsSpan())
            {
                pixel = (byte)random.Below(256);
            }

            return bytes;
        }

        var numbers = MemoryMarshal.Cast<byte, float>(bytes.AsSpan());
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = (float)(input.Mean[i % input.Channels] + (input.Std[i % input.Channels] * ((4 * random.NextDouble()) - 2)));
        }

        return bytes;
    }

    // H(mean) − Σ w·H(p), as Lakshminarayanan et al. 2017 (arXiv 1612.01474) measure it; a class that no member thinks possible has no part in it.
    private static double[] MutualInformation(EquatableArray<double> weights, IReadOnlyList<TensorData> outputs, double[] mean, int classes, int count)
    {
        var plane = mean.Length / count / classes;
        var result = new double[count * plane];
        for (var i = 0; i < mean.Length; i++)
        {
            result[Place(i)] -= Information(mean[i]);
        }

        foreach (var (output, weight) in outputs.Zip(weights))
        {
            var values = output.Values<float>();
            for (var i = 0; i < values.Length; i++)
            {
                result[Place(i)] += weight * Information(values[i]);
            }
        }

        return Array.ConvertAll(result, static r => Math.Max(0, r));

        int Place(int i) => (i / plane / classes * plane) + (i % plane);
        static double Information(double p) => p > 0 ? p * Math.Log(p) : 0;
    }

    private static double[] Variance(EquatableArray<double> weights, IReadOnlyList<TensorData> outputs, double[] mean)
    {
        var result = new double[mean.Length];
        foreach (var (output, weight) in outputs.Zip(weights))
        {
            var values = output.Values<float>();
            for (var i = 0; i < result.Length; i++)
            {
                result[i] += weight * (values[i] - mean[i]) * (values[i] - mean[i]);
            }
        }

        return result;
    }
}
