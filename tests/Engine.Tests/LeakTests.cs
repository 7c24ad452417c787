using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Toolchain.Engine.Tests;

[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class Alone;

/// <summary>They count native tensors of the whole process, so nothing else runs beside them.</summary>
[Collection("alone")]
public sealed class LeakTests
{
    [Fact]
    public void Training_500_steps_keeps_the_number_of_tensors_and_the_memory_flat()
    {
        manual_seed(1);
        var weights = new[] { Weight(8, 1, 3, 3), Weight(8), Weight(8), Weight(16, 8, 3, 3), Weight(10, 16 * 49) };
        var mean = zeros(8);
        var variance = ones(8);
        var momenta = weights.Select(weight => zeros_like(weight)).ToArray();
        using var images = randn(32, 1, 28, 28);
        using var labels = randint(10, [32]);

        var (first, last) = (0.0, 0.0);
        long tensors = 0;
        long memory = 0;
        for (var step = 0; step < 500; step++)
        {
            last = Step();
            if (step == 0)
                first = last;
            if (step == 100)
                (tensors, memory) = (LiveTensors(), Environment.WorkingSet);
        }

        Assert.Equal(tensors, LiveTensors());
        Assert.InRange(Environment.WorkingSet - memory, long.MinValue, 32L << 20);
        Assert.True(last < first / 2, $"the loss went from {first} to {last}");

        double Step()
        {
            using var scope = NewDisposeScope();
            var x = F.conv2d(images, weights[0], null, [1, 1], [1, 1]);
            x = F.max_pool2d(F.relu(F.batch_norm(x, mean, variance, weights[1], weights[2], true)), 2);
            x = F.max_pool2d(F.relu(F.conv2d(x, weights[3], null, [1, 1], [1, 1])), 2);
            var loss = F.cross_entropy(F.linear(x.flatten(1), weights[4]), labels);
            loss.backward();
            using var _ = no_grad();
            foreach (var (weight, momentum) in weights.Zip(momenta))
            {
                var gradient = weight.grad!;
                weight.add_(momentum.mul_(0.9).add_(gradient), -0.01);
                gradient.zero_();
            }
            return loss.ToDouble();
        }

        static Tensor Weight(params long[] shape) =>
            nn.Parameter(shape.Length == 1 ? ones(shape) : nn.init.kaiming_normal_(empty(shape)));
    }

    [Fact]
    public void A_hundred_thousand_operations_in_a_scope_leave_no_tensor()
    {
        var before = LiveTensors();
        using (NewDisposeScope())
        {
            var x = ones(4);
            for (var i = 0; i < 100_000; i++)
                _ = x.add(i);
            Assert.Equal(before + 100_001, Tensor.TotalCount);
        }
        Assert.Equal(before, LiveTensors());
    }

    [Fact]
    public void Forgotten_tensors_are_released_by_their_finaliser()
    {
        var before = LiveTensors();
        Forget();
        Assert.Equal(before, LiveTensors());

        static void Forget()
        {
            for (var i = 0; i < 1000; i++)
                _ = zeros(10);
        }
    }

    [Fact]
    public void A_buffer_is_unpinned_with_its_tensor()
    {
        var weak = Borrow();
        _ = LiveTensors();
        Assert.False(weak.TryGetTarget(out var _));

        static WeakReference<float[]> Borrow()
        {
            var array = new float[1000];
            using var shared = frombuffer(array, ScalarType.Float32);
            return new WeakReference<float[]>(array);
        }
    }

    [Fact]
    public void Failing_operations_leave_no_tensor()
    {
        var before = LiveTensors();
        for (var i = 0; i < 100; i++)
        {
            using var scope = NewDisposeScope();
            Assert.ThrowsAny<Exception>(() => cat([ones(2), ones(2, 2)]));
            Assert.ThrowsAny<Exception>(() => F.conv2d(ones(1, 3, 4, 4), ones(2, 5, 3, 3)));
        }
        Assert.Equal(before, LiveTensors());
    }

    /// <summary>The native count once everything unreachable is released.</summary>
    private static long LiveTensors()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        return Tensor.TotalCount;
    }
}
