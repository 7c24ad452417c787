namespace Toolchain.Data.Tests;

public sealed class GaussianNoiseTests
{
    [Fact]
    public void Noise_is_measured_in_the_deviation_of_each_column()
    {
        // Columns with deviations 1 and 1000.
        float[] numbers = [.. Enumerable.Range(0, 2_000).SelectMany(row => new[] { row % 2 == 0 ? 1f : -1f, row % 2 == 0 ? 5_000f : 7_000f })];
        var table = new Dataset("table", new TableInputs(numbers, ["a", "b"]), new ValueTargets(new float[2_000], ["y"]));
        var plan = Augmented.Plan(table, new() { Noise = new(0.1) });
        var errors = new double[2][] { new double[2_000], new double[2_000] };
        for (var row = 0; row < 2_000; row++)
        {
            var values = numbers.AsSpan(2 * row, 2).ToArray();
            plan.Apply(values, epoch: 1, row);
            (errors[0][row], errors[1][row]) = (values[0] - numbers[2 * row], values[1] - numbers[(2 * row) + 1]);
        }

        Assert.InRange(Deviation(errors[0]), 0.095, 0.105);
        Assert.InRange(Deviation(errors[1]), 95, 105);
        Assert.InRange(errors[1].Average(), -8, 8);
        Assert.InRange(errors[0].Zip(errors[1], (a, b) => a * b / 100).Average(), -0.01, 0.01);
    }

    [Fact]
    public void Images_get_noise_around_their_values_and_stay_bytes()
    {
        var image = Augmented.Image([.. Enumerable.Range(0, 10_000).Select(i => (byte)(i % 2 == 0 ? 100 : 140))], 100, 100, 1);
        var noisy = Augmented.Pixels(image, new() { Noise = new(0.5) }, epoch: 0);
        var errors = noisy.Select((value, i) => (double)value - image.Image(0)[i]).ToArray();
        Assert.InRange(Deviation(errors), 9.7, 10.3);
        Assert.InRange(errors.Average(), -0.4, 0.4);

        var clipped = Augmented.Pixels(image, new() { Noise = new(100) }, epoch: 0);
        Assert.InRange(clipped.Count(value => value is 0 or 255), 9_000, 10_000);
    }

    private static double Deviation(double[] values) => Math.Sqrt(values.Select(value => value * value).Average());
}
