using Toolchain.Graphs;
using Toolchain.Networks;
using Toolchain.Train.Execution;
using Toolchain.Train.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Tests.Execution;

/// <summary>How a compute mode is chosen and remembered; the files are the tests' own.</summary>
public sealed class ComputeModeTests
{
    private static readonly Graph Graph = new Mlp().Build(new(1, 4, 4), 3, NetworkArguments.Of(new Mlp(), new Dictionary<string, string> { ["hidden"] = "4" }));
    private static readonly ComputeMode Fast = new(Precision.BFloat16, MemoryLayout.ChannelsLast);
    private readonly string _file = Path.Combine(Session.NewPath("deeper"), "compute-modes.json");

    [Theory]
    [InlineData(Precision.Float32, MemoryLayout.Contiguous)]
    [InlineData(Precision.BFloat16, MemoryLayout.ChannelsLast)]
    public void What_is_asked_for_is_taken_without_measuring(Precision precision, MemoryLayout layout)
    {
        var tensors = Tensor.TotalCount;
        Assert.Equal(new ChosenMode(new(precision, layout), "as asked"), ComputeModeChoice.Choose(Graph, CPU, 8, precision, layout, new(_file)));
        Assert.Equal(tensors, Tensor.TotalCount);
        Assert.False(File.Exists(_file));
    }

    [Fact]
    public void What_is_measured_is_remembered_and_leaves_no_tensor()
    {
        var tensors = Live();
        var first = ComputeModeChoice.Choose(Graph, CPU, 8, Precision.Float32, null, new(_file));
        Assert.Equal(tensors, Live());
        Assert.Equal(Precision.Float32, first.Mode.Precision);
        Assert.Matches("^measured in images/s: float32 contiguous [0-9,]+, float32 channels_last ([0-9,]+|too slow)$", first.Reason);
        Assert.Equal(new ChosenMode(first.Mode, "measured on this machine before"), ComputeModeChoice.Choose(Graph, CPU, 8, Precision.Float32, null, new(_file)));

        // Another question is another measurement.
        Assert.StartsWith("measured in images/s", ComputeModeChoice.Choose(Graph, CPU, 9, Precision.Float32, null, new(_file)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_choice_is_remembered_across_instances_beside_others()
    {
        new ComputeModeMemory(_file).Remember("one", Fast);
        new ComputeModeMemory(_file).Remember("two", ComputeMode.Default);
        var memory = new ComputeModeMemory(_file);
        Assert.Equal((Fast, ComputeMode.Default), (memory.Recall("one", [ComputeMode.Default, Fast]), memory.Recall("two", [ComputeMode.Default, Fast])));
        Assert.Null(memory.Recall("three", [Fast]));
        Assert.Equal(["compute-modes.json"], Directory.GetFileSystemEntries(Path.GetDirectoryName(_file)!).Select(Path.GetFileName));
    }

    [Fact]
    public void A_mode_that_is_not_asked_about_is_not_recalled()
    {
        var memory = new ComputeModeMemory(_file);
        memory.Remember("key", Fast);
        Assert.Null(memory.Recall("key", [ComputeMode.Default]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"key\": \"bfloat16")]
    [InlineData("null")]
    [InlineData("[1, 2]")]
    [InlineData("{\"key\": 3}")]
    [InlineData("{\"key\": null}")]
    [InlineData("{\"key\": \"float128 sideways\"}")]
    public void A_damaged_file_is_as_good_as_none_and_is_replaced(string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_file)!);
        File.WriteAllText(_file, content);
        var memory = new ComputeModeMemory(_file);
        Assert.Null(memory.Recall("key", [ComputeMode.Default, Fast]));
        memory.Remember("key", Fast);
        Assert.Equal(Fast, memory.Recall("key", [ComputeMode.Default, Fast]));
    }

    [Fact]
    public void A_file_that_cannot_be_written_only_forgets()
    {
        Directory.CreateDirectory(_file);
        var memory = new ComputeModeMemory(_file);
        memory.Remember("key", Fast);
        Assert.Null(memory.Recall("key", [Fast]));
    }

    [Fact]
    public void The_key_tells_networks_batches_and_candidates_apart()
    {
        var wider = new Mlp().Build(new(1, 4, 4), 3);
        string[] keys =
        [
            ComputeModeMemory.Key(Graph, CPU, 8, [Fast]),
            ComputeModeMemory.Key(wider, CPU, 8, [Fast]),
            ComputeModeMemory.Key(Graph, CPU, 9, [Fast]),
            ComputeModeMemory.Key(Graph, CPU, 8, [Fast, ComputeMode.Default]),
        ];
        Assert.Equal(4, keys.Distinct().Count());
        Assert.Equal(keys[0], ComputeModeMemory.Key(Graph with { Name = "other" }, CPU, 8, [Fast]));
    }

    private static long Live()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return Tensor.TotalCount;
    }
}
