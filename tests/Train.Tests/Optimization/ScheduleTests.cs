using Toolchain.Train.Optimization;

namespace Toolchain.Train.Tests.Optimization;

/// <summary>
/// The schedules against numbers from PyTorch 1.13.1: <c>lr</c> and <c>momentum</c> of the optimiser's parameter group before each step, with
/// <c>OneCycleLR(SGD(lr=0.1, momentum=0.9), max_lr=0.4, total_steps=N)</c>, <c>StepLR(SGD(lr=0.1), 3, 0.5)</c> and so on with the settings of each test.
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
        var actual = new OneCycleSchedule(0.4).At(step, new(7, total));
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
        var rates = Enumerable.Range(0, (int)total).Select(step => new OneCycleSchedule(0.4).At(step, new(1, total)).LearningRate).ToArray();
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
            var rate = new StepSchedule(0.1, 3, 0.5).At(step, new(4, 32));
            Assert.Equal(byEpoch[step / 4], rate.LearningRate, Digits);
            Assert.Null(rate.Momentum);
        }
    }

    [Fact]
    public void The_constant_schedule_is_constant() =>
        Assert.All(new long[] { 0, 1, 1_000_000 }, static step => Assert.Equal(new StepRate(0.03), new ConstantSchedule(0.03).At(step, new(10, 2_000_000))));

    [Fact]
    public void Milestones_decay_the_rate_as_in_PyTorch() =>
        ByEpoch([0.1, 0.1, 0.02, 0.02, 0.02, 0.004, 0.004, 0.004], new MultiStepSchedule(0.1, [2, 5], 0.2));

    [Fact]
    public void The_exponential_schedule_is_that_of_PyTorch() =>
        ByEpoch([0.1, 0.09, 0.081, 0.0729, 0.06561, 0.059049, 0.0531441, 0.04782969], new ExponentialSchedule(0.1, 0.9));

    [Fact]
    public void The_cosine_is_that_of_PyTorch_with_the_whole_run_as_its_period() => ByStep(
        [0.1, 0.0983133284, 0.09336825749, 0.08550178567, 0.07525, 0.06331154273, 0.0505, 0.03768845727, 0.02575, 0.01549821433, 0.007631742513, 0.002686671599],
        new CosineSchedule(0.1, 0.001),
        5);

    [Theory]
    [InlineData(2, new[] { 0.1, 0.08402777778, 0.06944444444, 0.05625, 0.04444444444, 0.03402777778, 0.025, 0.01736111111, 0.01111111111, 0.00625, 0.002777777778, 0.0006944444444 })]
    [InlineData(1, new[] { 0.1, 0.09166666667, 0.08333333333, 0.075, 0.06666666667, 0.05833333333, 0.05, 0.04166666667, 0.03333333333, 0.025, 0.01666666667, 0.008333333333 })]
    public void The_polynomial_is_that_of_PyTorch(double power, double[] fromPyTorch) => ByStep(fromPyTorch, new PolynomialSchedule(0.1, power), 5);

    [Theory]
    [InlineData(2, 1, 3, new[] { 0.1, 0.09343524479, 0.0755, 0.051, 0.0265, 0.008564755215, 0.1, 0.09343524479, 0.0755, 0.051, 0.0265, 0.008564755215, 0.1, 0.09343524479, 0.0755 })]
    [InlineData(1, 2, 2, new[] { 0.1, 0.051, 0.1, 0.08564823228, 0.051, 0.01635176772, 0.1, 0.09627009709, 0.08564823228, 0.06975148819, 0.051, 0.03224851181, 0.01635176772, 0.005729902907 })]
    public void Warm_restarts_are_those_of_PyTorch(int epochs, int factor, long stepsPerEpoch, double[] fromPyTorch) =>
        ByStep(fromPyTorch, new CosineRestartsSchedule(0.1, epochs, factor, 0.002), stepsPerEpoch);

    [Theory]
    [InlineData(3, 1, new[] { 3, 6, 9, 12 })]
    [InlineData(1, 2, new[] { 1, 3, 7 })]
    public void A_snapshot_is_due_where_a_cycle_ends(int epochs, int factor, int[] ends) =>
        Assert.Equal(ends, Enumerable.Range(1, 12).Where(e => new CosineRestartsSchedule(0.1, epochs, factor).EndsCycle(e)));

    [Fact]
    public void A_warm_up_multiplies_the_schedule_beneath_as_chained_schedulers_of_PyTorch() =>
        ByStep([0.025, 0.04375, 0.0625, 0.040625, 0.05, 0.05, 0.025, 0.025, 0.025], new WarmUpSchedule(new MultiStepSchedule(0.1, [3, 6], 0.5), 4, ScheduleUnit.Steps, 0.25), 1);

    [Theory]
    [InlineData(5, ScheduleUnit.Steps, 3)]
    [InlineData(2.5, ScheduleUnit.Epochs, 2)]
    public void A_warm_up_may_be_counted_in_steps_or_epochs(double length, ScheduleUnit unit, long stepsPerEpoch) =>
        ByStep([0.03333333333, 0.04666666667, 0.06, 0.07333333333, 0.08666666667, 0.1, 0.1, 0.1], new WarmUpSchedule(new ConstantSchedule(0.1), length, unit), stepsPerEpoch);

    [Fact]
    public void A_warm_up_leaves_the_momentum_to_the_schedule_beneath()
    {
        var clock = new ScheduleClock(1, 100);
        var beneath = new OneCycleSchedule(0.4).At(3, clock);
        var actual = new WarmUpSchedule(new OneCycleSchedule(0.4), 10, ScheduleUnit.Steps, 0.5).At(3, clock);
        Assert.Equal(beneath.LearningRate * 0.65, actual.LearningRate, Digits);
        Assert.Equal(beneath.Momentum, actual.Momentum);
    }

    [Fact]
    public void A_plateau_lowers_the_rate_as_in_PyTorch()
    {
        double[] losses = [1.0, 0.9, 0.9, 0.89999, 0.95, 0.8, 0.81, 0.82, 0.83, 0.84, double.NaN, 0.9, 0.7, 0.7, 0.7, 0.7];
        double[] rates = [0.1, 0.1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.05, 0.025, 0.025, 0.025, 0.02, 0.02, 0.02, 0.02, 0.02];
        Plateau(rates, new(0.1, 0.5, 2, MinimumRate: 0.02), losses);
        Plateau([.. Enumerable.Repeat(0.1, 12), .. Enumerable.Repeat(0.01, 11), 0.001, 0.001, 0.001], new(0.1), [.. Enumerable.Repeat(1.0, 25)]);

        static void Plateau(double[] rates, PlateauSchedule schedule, double[] losses)
        {
            const long StepsPerEpoch = 3;
            for (var step = 0; step < rates.Length * StepsPerEpoch; step++)
            {
                // What a run knows at the step, and what is known at its end, must give the same.
                var epoch = (int)(step / StepsPerEpoch);
                Assert.Equal(rates[epoch], schedule.At(step, new(StepsPerEpoch, 100, losses[..epoch])).LearningRate, Digits);
                Assert.Equal(rates[epoch], schedule.At(step, new(StepsPerEpoch, 100, losses)).LearningRate, Digits);
            }
        }
    }

    [Fact]
    public void A_run_may_start_as_if_epochs_had_passed_as_in_PyTorch()
    {
        ByEpoch([0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.025, 0.025], new LastEpochSchedule(new StepSchedule(0.1, 3, 0.5), -1));
        ByEpoch([0.05, 0.05, 0.025, 0.025], new LastEpochSchedule(new StepSchedule(0.1, 3, 0.5), 3));

        // CosineAnnealingLR(T_max=10, last_epoch=3): four epochs of ten have passed.
        ByStep([0.06545084971874737, 0.05, 0.03454915028125263, 0.02061073738537635, 0.009549150281252633, 0.0024471741852423235], new LastEpochSchedule(new CosineSchedule(0.1), 3), 1);
        Assert.Throws<ToolchainException>(static () => new LastEpochSchedule(new WarmUpSchedule(new PlateauSchedule(0.1), 1), 3));
    }

    private static void ByEpoch(double[] rates, Schedule schedule)
    {
        const long StepsPerEpoch = 4;
        for (var step = 0; step < rates.Length * StepsPerEpoch; step++)
        {
            Assert.Equal(rates[step / StepsPerEpoch], schedule.At(step, new(StepsPerEpoch, rates.Length * StepsPerEpoch)).LearningRate, Digits);
        }
    }

    private static void ByStep(double[] rates, Schedule schedule, long stepsPerEpoch)
    {
        for (var step = 0; step < rates.Length; step++)
        {
            Assert.Equal(rates[step], schedule.At(step, new(stepsPerEpoch, rates.Length)).LearningRate, Digits);
        }
    }
}
