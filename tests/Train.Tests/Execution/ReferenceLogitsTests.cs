using Toolchain.Graphs;
using Toolchain.Networks;
using Toolchain.Train.Tests.Support;

namespace Toolchain.Train.Tests.Execution;

/// <summary>
/// Networks against the numbers that PyTorch 1.13 computed of the same structures (torchvision's, and the U-Net of the notes) with the same weights:
/// strides, paddings, roundings and the order of concatenations are those that published weights were trained with.
/// </summary>
public sealed class ReferenceLogitsTests
{
    [Theory]
    [InlineData("resnet18", "width=8", new long[] { 2, 3, 33, 35 }, new[] { -0.0530117f, 1.78217f, -2.70501f, 0.518232f, -3.43565f, 0.0239675f, 1.15289f, -3.19551f, 0.679924f, -4.05914f }, -9.291145, 51.04826)]
    [InlineData("resnet50", "width=8", new long[] { 2, 3, 33, 35 }, new[] { 140.357f, 88.3614f, 188.909f, 178.985f, -205.051f, 142.468f, 83.7446f, 182.017f, 206.307f, -206.894f }, 799.2035, 283084.2)]
    [InlineData("googlenet", "", new long[] { 2, 1, 45, 40 }, new[] { 0.126671f, -0.0583867f, 0.103437f, -0.136584f, -0.458706f, 0.127571f, -0.0611845f, 0.105912f, -0.136907f, -0.457428f }, -0.8456061, 0.5184398)]
    [InlineData("resnet20", "width=4", new long[] { 2, 1, 28, 27 }, new[] { 11.8152f, 14.2551f, -5.56382f, -5.67674f, 2.38962f, 12.7291f, 13.5113f, -5.93693f, -6.55927f, 1.07818f }, 32.04176, 835.7182)]
    [InlineData("resnet20", "width=4,shortcut=projection", new long[] { 2, 1, 28, 27 }, new[] { 24.4006f, 27.3625f, -7.68997f, -16.2667f, -15.2564f, 21.8371f, 23.1178f, -6.22733f, -14.2054f, -14.0292f }, 23.04289, 3349.279)]
    [InlineData("unet", "width=4", new long[] { 1, 1, 27, 38 }, new[] { 0.272047f, 0.0508353f, 0.137286f, 0.00100201f, 0.228591f, 0.189658f, 0.187272f, 0.205082f, 0.212897f, 0.117783f, 0.243839f, 0.297995f }, 309.4057, 112.4107)]
    [InlineData("unet", "width=4,up=bilinear", new long[] { 1, 1, 27, 38 }, new[] { 0.330666f, 0.14387f, 0.167967f, 0.0151808f, 0.132769f, 0.196446f, 0.24936f, 0.332868f, 0.232351f, 0.104571f, 0.270084f, 0.132843f }, 207.0404, 119.9056)]
    public void A_network_computes_what_PyTorch_does(string network, string settings, long[] input, float[] first, double sum, double squares)
    {
        var found = NetworkCatalog.Get(network);
        var set = settings.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(static s => s.Split('=')).ToDictionary(static p => p[0], static p => p[1]);
        var graph = found.Build(new((int)input[1], (int)input[2], (int)input[3]), network == "unet" ? 3 : 5, NetworkArguments.Of(found, set));
        graph = graph with { Initializers = graph.Initializers.Select(static (name, data) => Waves(name, data.Dimensions)) };

        var logits = Runners.Torch(graph, Numbers(input, static i => Math.Sin((0.11 * i) + (0.3 * (i % 7))))).Values<float>();
        Tolerance.Holds(Tolerance.Network, first, logits[..first.Length], network);
        var (total, energy) = (0.0, 0.0);
        foreach (var value in logits)
        {
            (total, energy) = (total + value, energy + ((double)value * value));
        }

        Assert.Equal(sum, total, Tolerance.Network * logits.Length * first.Max(Math.Abs));
        Assert.Equal(squares, energy, 1e-3 * squares);
    }

    /// <summary>Values that PyTorch was given too: a wave with the name's length for a phase, scaled so that activations neither grow nor vanish.</summary>
    private static TensorData Waves(string name, EquatableArray<long> dimensions)
    {
        var fanIn = dimensions.Skip(1).Aggregate(1L, static (product, d) => product * d);
        return Numbers([.. dimensions], i => (dimensions.Count, name[(name.LastIndexOf('.') + 1)..]) switch
        {
            ( > 1, _) => Wave(i) * Math.Sqrt(3.0 / fanIn),
            (_, "running_var") => 1 + (0.5 * Wave(i)),
            (_, "weight") => 1 + (0.3 * Wave(i)),
            _ => 0.2 * Wave(i),
        });

        double Wave(double i) => Math.Sin((0.7 * i * i % 6.1) + (1.3 * i) + name.Length);
    }

    private static TensorData Numbers(long[] dimensions, Func<double, double> value)
    {
        var values = new float[dimensions.Aggregate(1L, static (product, d) => product * d)];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (float)value(i);
        }

        return TensorData.Of<float>(values, dimensions);
    }
}
