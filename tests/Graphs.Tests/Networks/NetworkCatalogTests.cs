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
        // 28·28·10 + 10
        ("linear", "", "1x28x28", 10, 7_850, 7_850),
        // The book's counts: 3·9·32 + 32, 32·9·16 + 16, 16·8·8·32 + 32, 32·2 + 2
        ("widenet", "", "3x32x32", 2, 896 + 4_624 + 32_800 + 66, 896 + 4_624 + 32_800 + 66),
        // The same with a second convolution of 32·9·32 + 32 in between
        ("skipnet", "", "3x32x32", 2, 896 + 9_248 + 4_624 + 32_800 + 66, 896 + 9_248 + 4_624 + 32_800 + 66),
        // He et al. 2015, table 6: 0.27 and 0.85 million
        ("resnet20", "", "3x32x32", 10, 269_722, 269_722 + 1_376),
        ("resnet20", "blocks=9", "3x32x32", 10, 853_018, 857_082),
        ("resnet20", "shortcut=projection", "3x32x32", 10, 269_722 + (16 * 32) + (32 * 64) + (2 * 96), 274_042),
        // torchvision's documentation
        ("resnet18", "", "3x224x224", 1000, 11_689_512, 11_699_112),
        ("resnet34", "", "3x224x224", 1000, 21_797_672, 21_814_696),
        ("resnet50", "", "3x224x224", 1000, 25_557_032, 25_610_152),
        ("resnet101", "", "3x224x224", 1000, 44_549_160, 44_654_504),
        ("resnet152", "", "3x224x224", 1000, 60_192_808, 60_344_232),
        // stem 9·32 + 64; blocks of 1×1, 3×3, 5×5 and pooled branches on 32, 64 and 128 channels; 256·10 + 10
        ("inception", "", "1x28x28", 10, 352 + Inception(32, 16) + Inception(64, 32) + Inception(128, 64) + 2_570, 352 + 64 + Inception(32, 16) + Inception(64, 32) + Inception(128, 64) + (12 * (16 + 32 + 64)) + 2_570),
        ("googlenet", "", "3x224x224", 1000, 6_624_904, 6_639_464),
        ("unet", "", "3x64x64", 2, 31_037_698, 31_049_474),
        ("unet", "up=bilinear", "3x64x64", 2, 17_263_042, 17_271_874),
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
        var pixels = network.Tasks.Contains(ModelTask.Segmentation) ? $", {image.Height}, {image.Width}" : "";
        Assert.Equal($"logits float32 [N, {size.Classes}{pixels}]", $"{graph.Outputs[0].Name} {graph.Outputs[0].Type}");
        Assert.Equal(graph.Outputs[0].Type, GraphTypes.Infer(graph)["logits"]);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_smallest_images_fit_and_smaller_ones_are_a_usage_error_that_names_the_layer(string name)
    {
        var network = NetworkCatalog.Get(name);
        foreach (var arguments in Variants(network))
        {
            var smallest = network.SmallestInput(arguments);
            Assert.Equal(10, network.Build(smallest, 10, arguments).Outputs[0].Type.Shape![1].Value);
            Assert.NotNull(network.Build(smallest with { Channels = 4, Height = smallest.Height + 3 }, 10, arguments));
            foreach (var less in new[] { smallest with { Height = smallest.Height - 1 }, smallest with { Width = smallest.Width - 1 } }.Where(static s => s is { Height: > 0, Width: > 0 }))
            {
                var refusal = Assert.Throws<ToolchainException>(() => network.Build(less, 10, arguments));
                Assert.Equal(ErrorKind.Usage, refusal.Kind);
                Assert.Matches($"^Network '{name}' does not take {less} images: (Conv|MaxPool) node '[a-z0-9._]+': a window of [0-9]+ pixels does not fit into an input of [0-9]+ pixels", refusal.Message);
                Assert.EndsWith($"It needs at least {smallest.Height}×{smallest.Width} pixels.", refusal.Message, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_network_takes_28_grey_pixels_or_says_that_it_needs_more(string name)
    {
        var network = NetworkCatalog.Get(name);
        Assert.All(Variants(network), arguments => Assert.True(network.SmallestInput(arguments).Height <= 28 || (name == "cnnnet" && arguments["size"] == "full")
            || (name == "unet" && arguments.Number("depth") > 4)));
    }

    [Fact]
    public void Only_the_network_with_an_output_per_pixel_segments()
    {
        Assert.Equal(["unet"], NetworkCatalog.All.Where(static n => n.Tasks.Contains(ModelTask.Segmentation)).Select(static n => n.Name));
        Assert.All(NetworkCatalog.All.Where(static n => n.Name != "unet"), static n => Assert.Equal([ModelTask.Classification, ModelTask.Regression], n.Tasks));
    }

    [Fact]
    public void The_full_cnnnet_says_which_layer_28_pixels_are_too_small_for()
    {
        var refusal = Assert.Throws<ToolchainException>(() => Build("cnnnet", "", "1x28x28", 10));
        Assert.Equal(
            "Network 'cnnnet' does not take 1x28x28 images: MaxPool node 'features.5': a window of 3 pixels does not fit into an input of 2 pixels with padding 0+0; use a larger image, more padding or a smaller kernel. It needs at least 63×63 pixels.",
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
        Assert.Equal((ErrorKind.Usage, "Network 'resblock' is not known. Did you mean 'resblocks'? Known networks: linear, mlp, cnnnet, widenet, skipnet, resblocks, resnet20, resnet18, resnet34, resnet50, resnet101, resnet152, inception, googlenet, unet. See: train networks."), (refusal.Kind, refusal.Message));
    }

    /// <summary>The parameters of an inception block: four branches of the given width on the given channels, two of them behind 1×1 convolutions.</summary>
    private static long Inception(long channels, long width) => (4 * channels * width) + ((9 + 25) * width * width) + (6 * 2 * width);

    /// <summary>The defaults, and each option's other values or extremes alone.</summary>
    private static IEnumerable<NetworkArguments> Variants(Network network) => network.Options.SelectMany(static o => o switch
    {
        NetworkOption.Choice choice => choice.Values.Skip(1).Select(v => (o.Name, Value: v)),
        NetworkOption.Flag => [(o.Name, Value: "true")],
        NetworkOption.Number { Name: "depth" } depth => [(o.Name, $"{depth.Min}"), (o.Name, $"{depth.Max}")],
        NetworkOption.Number number => [(o.Name, $"{number.Min}")],
        _ => throw new ArgumentOutOfRangeException(nameof(network), o, "Unknown kind of option."),
    }).Select(setting => NetworkArguments.Of(network, new Dictionary<string, string> { [setting.Name] = setting.Value })).Prepend(NetworkArguments.Of(network));

    private static Graph Build(string network, string settings, string image, int classes)
    {
        var found = NetworkCatalog.Get(network);
        var set = settings.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(static s => s.Split('=')).ToDictionary(static p => p[0], static p => p[1]);
        return found.Build(ImageSize.Parse(image), classes, NetworkArguments.Of(found, set));
    }
}
