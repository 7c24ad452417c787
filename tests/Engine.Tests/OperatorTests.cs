using System.Reflection;
using System.Runtime.InteropServices;
using TorchSharp;
using TorchSharp.Native;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Toolchain.Engine.Tests;

public sealed class OperatorTests
{
    [Fact]
    public void Every_operator_exists_in_this_libtorch()
    {
        var operators = typeof(torch).Assembly.GetTypes()
            .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Select(field => field.FieldType == typeof(Operator) || field.FieldType == typeof(Operator[]) ? field.GetValue(null) : null)
            .SelectMany(value => value as Operator[] ?? (value is Operator one ? [one] : []))
            .ToList();
        Assert.True(operators.Count > 250);
        Assert.Empty(operators.Select(op => Record.Exception(() => op.Handle)?.Message).OfType<string>());
    }

    [Fact]
    public void Errors_carry_the_text_of_libtorch_without_a_stack_of_addresses()
    {
        using var a = ones(2, 3);
        using var b = ones(2, 3);
        var error = Assert.Throws<ExternalException>(() => a.mm(b));
        Assert.Contains("mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)", error.Message);
        Assert.DoesNotContain("frame #", error.Message);
    }

    [Fact]
    public void Errors_of_the_backward_pass_reach_the_caller()
    {
        using var x = ones([2], requires_grad: true);
        using var y = x.mul(2);
        var error = Assert.Throws<ExternalException>(y.backward);
        Assert.Contains("grad can be implicitly created only for scalar outputs", error.Message);
    }

    [Fact]
    public void An_operator_that_does_not_exist_is_named()
    {
        var error = Assert.Throws<ExternalException>(() => new Operator("no_such_operator").Call());
        Assert.Contains("aten::no_such_operator", error.Message);
    }

    [Fact]
    public void A_failed_call_leaves_no_tensor_behind()
    {
        using var scope = NewDisposeScope();
        using var a = ones(2);
        var before = scope.DisposablesCount;
        Assert.Throws<ExternalException>(() => a.view(3));
        Assert.Equal(before, scope.DisposablesCount);
    }

    [Fact]
    public void Many_tensors_are_joined_as_well_as_few()
    {
        using var scope = NewDisposeScope();
        var parts = Enumerable.Range(0, 200).Select(i => full([1], i, ScalarType.Float32)).ToList();
        Approximately.Equal([.. Enumerable.Range(0, 200).Select(i => (double)i)], cat(parts));
    }

    [Fact]
    public void Sums_over_named_axes_are_matrix_products()
    {
        using var scope = NewDisposeScope();
        var (a, b, c) = (rand(2, 3, 4), rand(2, 4, 5), rand(3));
        Assert.True(einsum("bij,bjk->bik", a, b).allclose(a.bmm(b)));
        Assert.True(einsum("ij->ji", b.reshape(8, 5)).allclose(b.reshape(8, 5).t()));
        Assert.True(einsum("bij,i,bjk->bk", a, c, b).allclose(c.matmul(a.matmul(b))));
    }

    [Fact]
    public void A_disposed_tensor_is_refused()
    {
        var x = ones(1);
        x.Dispose();
        Assert.True(x.IsInvalid);
        Assert.Throws<InvalidOperationException>(() => x.add(1));
    }

    [Fact]
    public void In_place_operations_give_the_tensor_itself()
    {
        using var x = ones(2, 2);
        Assert.Same(x, x.add_(1));
        Assert.Same(x, x.mul_(2).sub_(0.5).div_(3));
        Assert.Same(x, x.zero_());
        Assert.Same(x, x.fill_(3));
        Assert.Same(x, x.sqrt_());
        Assert.Same(x, x.clamp_(0, 1));
        Assert.Same(x, x.copy_(zeros(2, 2)));
        Assert.Same(x, x.addcmul_(x, x, 1).addcdiv_(ones(2, 2), ones(2, 2), 2));
        Approximately.Equal([2, 2, 2, 2], x);
    }

    [Fact]
    public void Functional_in_place_activations_change_their_input()
    {
        using var x = tensor(new[] { -1f, 2f });
        using var y = F.relu(x, true);
        Approximately.Equal([0, 2], x);
        Approximately.Equal([0, 2], y);
    }
}
