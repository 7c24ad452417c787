using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Toolchain.Engine.Tests;

/// <summary>Memory formats, half precision and threads.</summary>
public sealed class MixedTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Channels_last_strides_go_through_a_convolutional_network()
    {
        var x = ChannelsLast(randn(2, 8, 6, 6));
        Assert.Equal([288, 1, 48, 8], x.stride());
        var w = ChannelsLast(randn(16, 8, 3, 3));
        var y = F.conv2d(x, w, null, [1, 1], [1, 1]);
        AssertChannelsLast(y);
        y = F.batch_norm(y, zeros(16), ones(16), ones(16), zeros(16), true);
        AssertChannelsLast(y);
        y = F.relu(y);
        AssertChannelsLast(y);
        AssertChannelsLast(F.max_pool2d(y, 2));
        AssertChannelsLast(F.avg_pool2d(y, 2));
        Assert.True(F.conv2d(x.contiguous(), w.contiguous(), null, [1, 1], [1, 1]).allclose(F.conv2d(x, w, null, [1, 1], [1, 1]), 1e-4, 1e-4));
    }

    [Fact]
    public void Parameters_and_their_gradients_keep_channels_last()
    {
        var w = nn.Parameter(ChannelsLast(randn(16, 8, 3, 3)));
        Assert.Equal([72, 1, 24, 8], w.stride());
        F.conv2d(ChannelsLast(randn(2, 8, 6, 6)), w).sum().backward();
        Assert.Equal(w.stride(), w.grad!.stride());
    }

    [Fact]
    public void A_bfloat16_convolution_goes_forwards_and_backwards()
    {
        var w = nn.Parameter(randn(4, 3, 3, 3));
        var x = randn(2, 3, 8, 8);
        var y = F.conv2d(x.to(ScalarType.BFloat16), w.to(ScalarType.BFloat16), null, [1, 1], [1, 1]);
        Assert.Equal(ScalarType.BFloat16, y.dtype);
        y.to(ScalarType.Float32).pow(2).mean().backward();
        Assert.Equal(ScalarType.Float32, w.grad!.dtype);
        var rounded = w.grad!.clone();
        w.grad = null;
        F.conv2d(x, w, null, [1, 1], [1, 1]).pow(2).mean().backward();
        Assert.True((rounded - w.grad!).norm().ToDouble() < 0.02 * w.grad!.norm().ToDouble());
    }

    [Fact]
    public void Tensors_are_used_and_disposed_on_other_threads()
    {
        var w = nn.Parameter(ones(8, 8));
        var sums = new double[4];
        var threads = Enumerable.Range(0, 4).Select(i => new Thread(() =>
        {
            using var own = NewDisposeScope();
            for (var k = 0; k < 50; k++)
                sums[i] += w.detach().mul(i).sum().ToDouble();
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        Assert.Equal([0, 3200, 6400, 9600], sums);
    }

    [Fact]
    public void Errors_stay_on_their_thread()
    {
        Exception? there = null;
        var thread = new Thread(() => there = Record.Exception(() => ones(2).mm(ones(2))));
        thread.Start();
        thread.Join();
        Assert.Contains("matrix", there!.Message);
        Assert.Contains("shape", Assert.ThrowsAny<Exception>(() => zeros(2).view(5)).Message);
    }

    [Fact]
    public void Backward_runs_on_another_thread_than_forward()
    {
        var w = nn.Parameter(ones(3));
        var loss = (w * 2).sum();
        var thread = new Thread(loss.backward);
        thread.Start();
        thread.Join();
        Approximately.Equal([2, 2, 2], w.grad!);
    }

    [Fact]
    public void The_number_of_threads_is_read_back()
    {
        var before = get_num_threads();
        set_num_threads(1);
        Assert.Equal(1, get_num_threads());
        set_num_threads(before);
        Assert.True(get_num_interop_threads() > 0);
        Assert.Matches(@"^\d+\.\d+", __version__);
    }

    private static Tensor ChannelsLast(Tensor x) => x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);

    private static void AssertChannelsLast(Tensor x) => Assert.True(x.permute(0, 2, 3, 1).is_contiguous(), string.Join(",", x.stride()));
}
