using Toolchain.Networks;

namespace Toolchain.Graphs.Tests.Networks;

/// <summary>Enumerates the catalog: a network is covered the moment it is registered, and needs its parameter count here.</summary>
public sealed class NetworkCatalogTests
{
    /// <summary>Trained and stored values by network, settings, image and classes.</summary>
    private static readonly (string Network, string Settings, string Image, int Classes, long Trained, long Stored)[] Sizes =
    [
        // 784·256 + 256 + 256·10 + 10
        ("mlp", "", "1x28x28", 10, 203_530, 203_530),
        ("mlp", "hidden=16", "3x8x8", 2, (192 * 16) + 16 + (16 * 2) + 2, (192 * 16) + 16 + (16 * 2) + 2),
        // torchvision's alexnet, as its documentation counts it
        ("cnnnet", "", "3x224x224", 1000, 61_100_840, 61_100_840),
        // 3·3·(1·32 + 32·64 + 64·96 + 96·64 + 64·64) + 320, then 576·256 + 256, 256·256 + 256, 256·10 + 10
        ("cnnnet", "size=small", "1x28x28", 10, 382_570, 382_570),
        // 3·3·32 + 32, ten blocks of 3·3·32·32 + 2·32 (and 2·32 running statistics), 32·7·7·32 + 32, 32·10 + 10
        ("resblocks", "", "1x28x28", 10, 320 + (10 * 9_280) + 50_208 + 330, 320 + (10 * (9_280 + 64)) + 50_208 + 330),
        ("resblocks", "shared=true", "1x28x28", 10, 320 + 9_280 + 50_208 + 330, 320 + 9_280 + 64 + 50_208 + 330),
    ];

    public static TheoryData<string, string, string, int, long, long> Cases() => new(Sizes);

    public static TheoryData<string> Names() => new(NetworkCatalog.Documented.Select(static n => n.Name));

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_network_has_the_parameters_of_its_source(string network, string settings, string image, int classes, long trained, long stored)
    {
        var table = LayerTable.Of(Build(network, settings, image, classes));
        Assert.Equal((trained, stored), (table.Trainable, table.Total));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_network_is_counted_documented_and_takes_any_batch(string name)
    {
        var network = NetworkCatalog.Get(name);
        var size = Assert.Single(Sizes, s => s.Network == name && s.Settings.Length == 0);
        Assert.False(string.IsNullOrWhiteSpace(network.Summary));
        Assert.StartsWith("notes: ", network.Source, StringComparison.Ordinal);
        Assert.All(network.Options, static o => Assert.True(o.Takes(o.Default), o.Name));

        var graph = Build(name, "", size.Image, size.Classes);
        var image = ImageSize.Parse(size.Image);
        Assert.Equal($"input float32 [N, {image.Channels}, {image.Height}, {image.Width}]", $"{graph.Inputs[0].Name} {graph.Inputs[0].Type}");
        Assert.Equal($"logits float32 [N, {size.Classes}]", $"{graph.Outputs[0].Name} {graph.Outputs[0].Type}");
        Assert.Equal(graph.Outputs[0].Type, GraphTypes.Infer(graph)["logits"]);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_size_that_does_not_fit_is_a_usage_error_that_names_the_network_and_the_layer(string name)
    {
        // A single pixel fits only a network without windows.
        var network = NetworkCatalog.Get(name);
        var fault = Record.Exception(() => network.Build(new(1, 1, 1), 10));
        if (name == "mlp")
        {
            Assert.Null(fault);
            return;
        }

        var refusal = Assert.IsType<ToolchainException>(fault);
        Assert.Equal(ErrorKind.Usage, refusal.Kind);
        Assert.Matches($"^Network '{name}' does not take 1x1x1 images: (Conv|MaxPool) node '[a-z0-9.]+': a window of [0-9]+ pixels does not fit into an input of 1 pixels", refusal.Message);
    }

    [Fact]
    public void The_full_cnnnet_says_which_layer_28_pixels_are_too_small_for()
    {
        var refusal = Assert.Throws<ToolchainException>(() => Build("cnnnet", "", "1x28x28", 10));
        Assert.Equal(
            "Network 'cnnnet' does not take 1x28x28 images: MaxPool node 'features.5': a window of 3 pixels does not fit into an input of 2 pixels with padding 0+0; use a larger image, more padding or a smaller kernel.",
            refusal.Message);
        Assert.Equal("[N, 10]", Build("cnnnet", "", "1x64x64", 10).Outputs[0].Type.Shape!.ToString());
    }

    [Fact]
    public void Parameters_are_named_as_in_PyTorch()
    {
        Assert.Equal(["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"], Build("mlp", "", "1x28x28", 10).Initializers.Keys);

        int[] layers = [0, 3, 6, 8, 10];
        int[] heads = [1, 4, 6];
        Assert.Equal(
            [.. layers.SelectMany(static i => new[] { $"features.{i}.weight", $"features.{i}.bias" }), .. heads.SelectMany(static i => new[] { $"classifier.{i}.weight", $"classifier.{i}.bias" })],
            Build("cnnnet", "size=small", "1x28x28", 10).Initializers.Keys);
        Assert.Equal(
            Build("cnnnet", "size=small", "1x28x28", 10).Initializers.Keys.Where(static k => k.StartsWith("classifier", StringComparison.Ordinal)),
            Build("cnnnet", "", "3x224x224", 1000).Initializers.Keys.Where(static k => k.StartsWith("classifier", StringComparison.Ordinal)));

        string[] block = ["conv.weight", "batch_norm.weight", "batch_norm.bias", "batch_norm.running_mean", "batch_norm.running_var"];
        Assert.Equal(
            ["conv1.weight", "conv1.bias", .. block.Select(static p => $"resblocks.0.{p}"), .. block.Select(static p => $"resblocks.1.{p}"), "fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"],
            Build("resblocks", "blocks=2", "1x28x28", 10).Initializers.Keys);
    }

    [Fact]
    public void Shared_blocks_do_not_grow_with_their_number()
    {
        static LayerTable Table(string settings) => LayerTable.Of(Build("resblocks", settings, "1x28x28", 10));
        Assert.Equal(Table("shared=true,blocks=1").Total, Table("shared=true,blocks=100").Total);
        Assert.Equal(100, Table("shared=true,blocks=100").Rows.Count(static r => r.Operator == "BatchNormalization"));
        Assert.Equal(9 * 9_280, Table("blocks=10").Trainable - Table("blocks=1").Trainable);
    }

    [Fact]
    public void An_unknown_network_proposes_the_nearest()
    {
        var refusal = Assert.Throws<ToolchainException>(static () => NetworkCatalog.Get("resblock"));
        Assert.Equal((ErrorKind.Usage, "Network 'resblock' is not known. Did you mean 'resblocks'? Known networks: mlp, cnnnet, resblocks. See: train networks."), (refusal.Kind, refusal.Message));
    }

    private static Graph Build(string network, string settings, string image, int classes)
    {
        var found = NetworkCatalog.Get(network);
        var set = settings.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(static s => s.Split('=')).ToDictionary(static p => p[0], static p => p[1]);
        return found.Build(ImageSize.Parse(image), classes, NetworkArguments.Of(found, set));
    }
}
