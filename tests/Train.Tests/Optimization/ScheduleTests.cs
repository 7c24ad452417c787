using Toolchain.Train.Optimization;

namespace Toolchain.Train.Tests.Optimization;

/// <summary>
/// The schedules against numbers from PyTorch 1.13.1: <c>lr</c> and <c>momentum</c> of the optimiser's parameter group before each step, with
/// <c>OneCycleLR(SGD(lr=0.1, momentum=0.9), max_lr=0.4, total_steps=N)</c> and <c>StepLR(SGD(lr=0.1), 3, 0.5)</c>.
/// </summary>
public sealed class ScheduleTests
{
    private const double Digits = 1e-8;

    public static TheoryData<long, long, double, double> OneCycle() => new()
    {
        { 1, 0, 1.6e-06, 0.95 },
        { 2, 0, 0.324698262, 0.86882551 },
        { 2, 1, 1.6e-06, 0.95 },
        { 3, 0, 0.397766174, 0.850558459 },
        { 3, 1, 0.185054841, 0.903736505 },
        { 3, 2, 1.6e-06, 0.95 },
        { 10, 0, 0.016, 0.95 },
        { 10, 1, 0.208, 0.9 },
        { 10, 2, 0.4, 0.85 },
        { 10, 3, 0.380193853, 0.854951557 },
        { 10, 4, 0.324698262, 0.86882551 },
        { 10, 8, 0.0198077472, 0.945048443 },
        { 10, 9, 1.6e-06, 0.95 },
        { 100, 0, 0.016, 0.95 },
        { 100, 1, 0.0171255122, 0.949706898 },
        { 100, 14, 0.19760533, 0.902706945 },
        { 100, 29, 0.4, 0.85 },
        { 100, 30, 0.399798614, 0.850050347 },
        { 100, 60, 0.235712036, 0.891072155 },
        { 100, 98, 0.000202985886, 0.949949653 },
        { 100, 99, 1.6e-06, 0.95 },
    };

    [Theory]
    [MemberData(nameof(OneCycle))]
    public void One_cycle_is_that_of_PyTorch(long total, long step, double rate, double momentum)
    {
        var actual = new OneCycleSchedule(0.4).At(step, 7, total);
        Assert.Equal(rate, actual.LearningRate, Digits);
        Assert.Equal(momentum, Assert.NotNull(actual.Momentum), Digits);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(100)]
    public void One_cycle_rises_to_the_peak_falls_to_its_end_and_is_always_a_number(long total)
    {
        var rates = Enumerable.Range(0, (int)total).Select(step => new OneCycleSchedule(0.4).At(step, 1, total).LearningRate).ToArray();
        Assert.All(rates, static rate => Assert.InRange(rate, 0.4 / 250_000 * 0.999_999, 0.4));
        var peak = Array.IndexOf(rates, rates.Max());
        Assert.Equal(rates[..peak].Order(), rates[..peak]);
        Assert.Equal(rates[peak..].OrderDescending(), rates[peak..]);
        Assert.Equal(0.4 / 250_000, rates[^1], Digits);
    }

    [Fact]
    public void The_step_schedule_is_that_of_PyTorch_at_every_step_of_an_epoch()
    {
        double[] byEpoch = [0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.025, 0.025];
        for (var step = 0; step < byEpoch.Length * 4; step++)
        {
            var rate = new StepSchedule(0.1, 3, 0.5).At(step, 4, 32);
            Assert.Equal(byEpoch[step / 4], rate.LearningRate, Digits);
            Assert.Null(rate.Momentum);
        }
    }

    [Fact]
    public void The_constant_schedule_is_constant() =>
        Assert.All(new long[] { 0, 1, 1_000_000 }, static step => Assert.Equal(new StepRate(0.03), new ConstantSchedule(0.03).At(step, 10, 2_000_000)));
}
