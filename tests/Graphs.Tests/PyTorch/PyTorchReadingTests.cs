using Toolchain.Graphs.PyTorch;
using Toolchain.Graphs.Safetensors;

namespace Toolchain.Graphs.Tests.PyTorch;

/// <summary>Files that PyTorch itself wrote, in both formats.</summary>
public sealed class PyTorchReadingTests
{
    public static TheoryData<string> Formats => ["", "-legacy"];

    [Theory]
    [MemberData(nameof(Formats))]
    public void Every_type_and_every_way_to_lie_in_a_storage_gives_the_tensor_that_PyTorch_has(string format)
    {
        var file = PyTorchFile.Read(Fixture.Path($"tensors{format}.pth"));
        RequireEqual(Expected("tensors"), file.Tensors);
        Assert.Equal(format.Length == 0 ? PyTorchFormat.Zip : PyTorchFormat.Legacy, file.Format);
        Assert.Equal((null, 0), (file.Entry, file.OtherEntries.Count));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Names_of_one_tensor_share_it(string format)
    {
        var tensors = PyTorchFile.Read(Fixture.Path($"tensors{format}.pth")).Tensors;
        Assert.Same(tensors["base"], tensors["same"]);
        Assert.NotSame(tensors["base"], tensors["row"]);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void The_state_dict_of_a_module_has_its_names_and_counters(string format)
    {
        var tensors = PyTorchFile.Read(Fixture.Path($"net{format}.pth")).Tensors;
        RequireEqual(Expected("net"), tensors);
        Assert.Equal((ElementType.Int64, "[]"), (tensors["bn.num_batches_tracked"].Type, tensors["bn.num_batches_tracked"].Dimensions.ToString()));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Names_of_a_parallel_module_stay_as_they_are(string format) => RequireEqual(
        Expected("net").Select(static p => KeyValuePair.Create($"module.{p.Key}", p.Value)), PyTorchFile.Read(Fixture.Path($"parallel{format}.pth")).Tensors);

    [Theory]
    [MemberData(nameof(Formats))]
    public void Parameters_are_tensors(string format) => RequireEqual(
        Expected("net").Where(static p => p.Key is not ("bn.running_mean" or "bn.running_var" or "bn.num_batches_tracked")), PyTorchFile.Read(Fixture.Path($"parameters{format}.pth")).Tensors);

    [Theory]
    [MemberData(nameof(Formats))]
    public void The_state_dict_in_a_checkpoint_is_found_and_the_rest_is_left_alone(string format)
    {
        var file = PyTorchFile.Read(Fixture.Path($"checkpoint{format}.pth"));
        RequireEqual(Expected("net"), file.Tensors);
        Assert.Equal("state_dict", file.Entry);
        Assert.Equal(["epoch", "optimizer", "loss", "size"], file.OtherEntries);
    }

    [Theory]
    [InlineData("whole-model.pth", "'torch.nn.modules.container.Sequential'")]
    [InlineData("whole-model-legacy.pth", "'__main__.Leaf'")]
    [InlineData("shell.pth", "'posix.system'")]
    [InlineData("shell-legacy.pth", "'posix.system'")]
    public void What_is_more_than_tensors_is_refused_by_its_name_and_never_run(string name, string wanted)
    {
        var error = Assert.Throws<ToolchainException>(() => PyTorchFile.Read(Fixture.Path(name)));
        Assert.Equal(ErrorKind.BadInput, error.Kind);
        Assert.StartsWith($"Cannot read '{Fixture.Path(name)}': it asks for {wanted}, which is not part of a state dict; nothing of it was executed.", error.Message, StringComparison.Ordinal);
        Assert.Matches(@"torch\.save\(model\.state_dict\(\), 'weights\.pth'\) \(byte [0-9]+\)\.$", error.Message);
        Assert.False(File.Exists("executed"));
    }

    [Fact]
    public void A_missing_file_is_not_found() =>
        Assert.Equal(ErrorKind.NotFound, Assert.Throws<ToolchainException>(static () => PyTorchFile.Read(Fixture.Path("none.pth"))).Kind);

    private static OrderedWeights Expected(string name) => SafetensorsFile.Read(Fixture.Path($"{name}.safetensors")).Tensors;

    private static void RequireEqual(IEnumerable<KeyValuePair<string, TensorData>> expected, OrderedWeights actual)
    {
        Assert.Equal(expected.Select(static p => p.Key), actual.Keys);
        Assert.All(expected, p => Assert.True(p.Value.ContentEquals(actual[p.Key]), $"{p.Key}: expected {p.Value}, found {actual[p.Key]}, or other numbers"));
    }
}
