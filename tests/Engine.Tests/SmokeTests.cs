using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Toolchain.Engine.Tests;

public sealed class SmokeTests
{
    [Fact]
    public void A_small_network_runs_forwards_and_backwards()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var w = nn.Parameter(nn.init.kaiming_uniform_(empty(4, 3, 3, 3)));
        var gamma = nn.Parameter(ones(4));
        var beta = nn.Parameter(zeros(4));
        var mean = zeros(4);
        var var = ones(4);
        var fc = nn.Parameter(nn.init.xavier_normal_(empty(10, 4 * 4 * 4)));
        var x = randn(2, 3, 8, 8);
        var y = F.conv2d(x, w, null, [1, 1], [1, 1]);
        y = F.relu(F.batch_norm(y, mean, var, gamma, beta, true));
        y = F.max_pool2d(y, 2);
        var loss = F.cross_entropy(F.linear(y.flatten(1), fc), tensor(new long[] { 1, 2 }));
        loss.backward();
        Assert.Equal([4, 3, 3, 3], w.grad!.shape);
        Assert.True(loss.item<float>() > 0);
        Assert.NotEqual(0, mean.abs().sum().ToSingle());
    }
}
