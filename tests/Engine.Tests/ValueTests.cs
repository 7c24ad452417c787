using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Toolchain.Engine.Tests;

public sealed class ValueTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly Tensor matrix = tensor(new float[,] { { 1, 2, 3 }, { 4, 5, 6 } });

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Arithmetic_and_its_operators_agree_with_the_hand()
    {
        var x = tensor(new[] { 1f, 2f, 4f });
        var y = tensor(new[] { 2f, 3f, 5f });
        Approximately.Equal([3, 5, 9], x + y);
        Approximately.Equal([-1, -1, -1], x - y);
        Approximately.Equal([2, 6, 20], x * y);
        Approximately.Equal([0.5, 2 / 3.0, 0.8], x / y);
        Approximately.Equal([-1, -2, -4], -x);
        Approximately.Equal([1.5, 2.5, 4.5], 0.5f + x);
        Approximately.Equal([9, 8, 6], 10 - x);
        Approximately.Equal([8, 4, 2], 8.0 / x);
        Approximately.Equal([1, 0, 0], x % 2);
        Approximately.Equal([1, 4, 16], x.pow(2));
        Approximately.Equal([5, 8, 14], x.add(y, 2));
        Approximately.Equal([1.25, 2.25, 4.25], x.lerp(y, tensor(0.25f)));
        Approximately.Equal([0, 0, 1], x.div(3, RoundingMode.floor));
        Approximately.Equal([1, 2, 2], x.clamp(null, 2));
    }

    [Fact]
    public void Pointwise_functions_agree_with_the_hand()
    {
        var x = tensor(new[] { -1f, 0f, 2f });
        Approximately.Equal([1, 0, 2], x.abs());
        Approximately.Equal([0, 0, 2], x.relu());
        Approximately.Equal([1 / (1 + Math.E), 0.5, 1 / (1 + Math.Exp(-2))], x.sigmoid());
        Approximately.Equal([-0.8427008, 0, 0.9953223], x.erf());
        Approximately.Equal([-0.2689414, 0, 1.7615942], x.silu());
        Approximately.Equal([-0.1586553, 0, 1.9544997], x.gelu());
        Approximately.Equal([-1 / 3.0, 0, 5 / 3.0], x.hardswish());
        Approximately.Equal([1 / 3.0, 0.5, 5 / 6.0], x.hardsigmoid());
        Approximately.Equal([-0.01, 0, 2], F.leaky_relu(x));
        Approximately.Equal([Math.Exp(-1) - 1, 0, 2], F.elu(x, 1));
        Approximately.Equal([Math.Log(1 + Math.Exp(-1)), Math.Log(2), Math.Log(1 + Math.Exp(2))], F.softplus(x));
        Approximately.Equal([0.0420101, 0.1141952, 0.8437947], x.softmax(0));
        Approximately.Equal([0.0420101, 0.1141952, 0.8437947], x.log_softmax(0).exp());
    }

    [Fact]
    public void Comparisons_give_truth_values()
    {
        var x = tensor(new[] { 1f, 2f, 3f });
        Assert.Equal([false, true, true], x.ge(2).data<bool>().ToArray());
        Assert.Equal([false, true, false], (x == 2).data<bool>().ToArray());
        Assert.Equal([true, false, true], x.ne(tensor(new[] { 0f, 2f, 0f })).data<bool>().ToArray());
        Assert.True(x.gt(0).all().ToBoolean());
        Assert.False(x.lt(1).any().ToBoolean());
        Assert.True(x.Equals(x.clone()));
        Assert.False(x.allclose(x + 1));
        Assert.Equal([true, false, false], tensor(new[] { 1f, float.NaN, float.PositiveInfinity }).isfinite().data<bool>().ToArray());
        Approximately.Equal([-1, 2, -1], where(x == 2, x, full([3], -1f)));
    }

    [Fact]
    public void Reductions_agree_with_the_hand()
    {
        Assert.Equal(21, matrix.sum().ToSingle());
        Approximately.Equal([5, 7, 9], matrix.sum(0L));
        Assert.Equal([2, 1], matrix.sum([1], true).shape);
        Approximately.Equal([2, 5], matrix.mean([1]));
        Assert.Equal(3.5, matrix.var().ToDouble(), 1e-6);
        Approximately.Equal([2.25, 2.25, 2.25], matrix.var(0, false));
        Approximately.Equal([1, 1], matrix.std(1));
        Assert.Equal(5, matrix.argmax().ToInt64());
        Approximately.Equal([2, 2], matrix.argmax(1));
        var (values, places) = matrix.max(1);
        Approximately.Equal([3, 6], values);
        Approximately.Equal([2, 2], places);
        Assert.Equal(Math.Sqrt(91), matrix.norm().ToDouble(), 1e-5);
        Assert.Equal(Math.Sqrt(91), matrix.norm().item<float>(), 1e-5);
        var (top, which) = matrix.topk(2);
        Approximately.Equal([3, 2, 6, 5], top);
        Approximately.Equal([2, 1, 2, 1], which);
        Assert.Equal(ScalarType.Float64, matrix.sum(ScalarType.Float64).dtype);
        Approximately.Equal([1, 0, 2], tensor(new long[] { 0, 2, 2 }).bincount(null));
    }

    [Fact]
    public void Shapes_change_as_in_PyTorch()
    {
        Assert.Equal([3, 2], matrix.t().shape);
        Approximately.Equal([1, 4, 2, 5, 3, 6], matrix.t());
        Assert.Equal([1, 2, 3], matrix.unsqueeze(0).shape);
        Assert.Equal([2, 3], matrix.unsqueeze(0).squeeze().shape);
        Assert.Equal([6], matrix.flatten().shape);
        Assert.Equal([3, 2], matrix.view(-1, 2).shape);
        Assert.Equal([4, 3], matrix.repeat(2, 1).shape);
        Assert.Equal([5, 2, 3], matrix.expand(5, 2, 3).shape);
        Approximately.Equal([3, 2, 1, 6, 5, 4], matrix.flip(1));
        Approximately.Equal([3, 1, 2, 6, 4, 5], matrix.roll(1, 1));
        Assert.Equal([2, 1], matrix.split(2, 1).Select(part => part.size(1)));
        Assert.Equal(2, matrix.chunk(2).Length);
        Approximately.Equal([2, 5], matrix.narrow(1, 1, 1));
        Approximately.Equal([1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6], cat([matrix, matrix]));
        Assert.Equal([2, 2, 3], stack([matrix, matrix]).shape);
        Assert.Equal(-3, matrix.neg().size(-1) * -1);
    }

    [Fact]
    public void Selection_agrees_with_the_hand()
    {
        Approximately.Equal([4, 5, 6], matrix.select(0, 1));
        Approximately.Equal([3, 1, 6, 4], matrix.index_select(1, tensor(new long[] { 2, 0 })));
        Approximately.Equal([3, 4], matrix.gather(1, tensor(new long[,] { { 2 }, { 0 } })));
        Approximately.Equal([0, 1, 0], zeros(3).scatter_(0, tensor(new long[] { 1 }), ones(1)));
        Approximately.Equal([1, 2], tensor(new[] { 0f, 7f, 8f }).nonzero());
        Approximately.Equal([5, 6], matrix.masked_select(matrix > 4));
    }

    [Fact]
    public void Indexing_takes_numbers_slices_masks_and_lists()
    {
        Assert.Equal(6, matrix[1, 2].ToSingle());
        Approximately.Equal([4, 5, 6], matrix[1]);
        Approximately.Equal([2, 5], matrix[TensorIndex.Ellipsis, 1]);
        Approximately.Equal([2, 3, 5, 6], matrix[TensorIndex.Colon, 1..]);
        Approximately.Equal([1, 3], matrix[0, TensorIndex.Slice(null, null, 2)]);
        Approximately.Equal([3, 6], matrix[.., ^1]);
        Assert.Equal([2, 1, 3], matrix[TensorIndex.Colon, TensorIndex.None].shape);
        Approximately.Equal([4, 5, 6, 1, 2, 3], matrix[tensor(new long[] { 1, 0 })]);
        Approximately.Equal([5, 6], matrix.index(matrix > 4));
        Approximately.Equal([3, 6], matrix[TensorIndex.Ellipsis, TensorIndex.Tensor(tensor(new long[] { 2 }))]);
        Assert.Equal([2, 3], matrix[TensorIndex.Ellipsis].shape);
    }

    [Fact]
    public void Assigning_to_an_index_changes_the_tensor()
    {
        var x = zeros(2, 3);
        x[0, 1] = 5f;
        x[1] = tensor(new[] { 7f, 8f, 9f });
        x[TensorIndex.Colon, TensorIndex.Slice(2, 3)] = tensor(-1f);
        Approximately.Equal([0, 5, -1, 7, 8, -1], x);
        x.index_put_(ones(2), [TensorIndex.Tensor(tensor(new long[] { 0, 0 })), TensorIndex.Tensor(tensor(new long[] { 0, 0 }))], true);
        Assert.Equal(2, x[0, 0].ToSingle());
    }

    [Fact]
    public void Products_agree_with_the_hand()
    {
        var square = matrix.mm(matrix.t());
        Approximately.Equal([14, 32, 32, 77], square);
        Approximately.Equal([14, 32, 32, 77], matrix.matmul(matrix.t()));
        Approximately.Equal([15, 33, 33, 78], ones(2, 2).addmm(matrix, matrix.t()));
        Assert.Equal([3, 2, 2], ones(3, 2, 4).bmm(ones(3, 4, 2)).shape);
    }
}
