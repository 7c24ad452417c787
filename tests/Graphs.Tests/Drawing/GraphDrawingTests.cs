using System.Diagnostics;
using System.Xml.Linq;
using Toolchain.Graphs.Drawing;
using Toolchain.Networks;
using static Toolchain.Graphs.Layers;

namespace Toolchain.Graphs.Tests.Drawing;

public sealed class GraphDrawingTests
{
    public static TheoryData<string> Networks() => new(NetworkCatalog.Documented.Select(static n => n.Name));

    [Fact]
    public void Each_box_names_layer_operator_shape_and_parameters()
    {
        var texts = Texts(Branches());
        Assert.Contains("stem.conv", texts);
        Assert.Contains("Conv 3×3, stride 2", texts);
        Assert.Contains("Conv 3×3, dilation 2, groups 4", texts);
        Assert.Contains("8 × 8 × 8", texts);
        Assert.Contains("224 params", texts);
        Assert.Contains("float32 [N, 3, 16, 16]", texts);
        Assert.DoesNotContain("Constant", texts);
    }

    [Fact]
    public void Boxes_stand_apart_and_no_edge_runs_through_one()
    {
        var layering = Placed(Branches());
        Assert.Contains(layering.Edges, static e => e.IsLong);
        foreach (var row in layering.Rows)
        {
            Assert.All(row.Zip(row.Skip(1)), static pair => Assert.True(pair.Second.X - pair.First.X >= (pair.First.Width + pair.Second.Width) / 2, $"{pair.First.Label?.Name} and {pair.Second.Label?.Name} overlap"));
        }
    }

    [Fact]
    public void A_chain_is_a_column_and_skip_connections_leave_it_straight()
    {
        var network = NetworkCatalog.Get("resblocks");
        var boxes = Placed(network.Build(new(1, 8, 8), 10)).Boxes;
        Assert.Single(boxes.Select(static b => b.X).Distinct());
    }

    [Fact]
    public void The_longest_branch_stays_in_the_column_of_what_is_before_and_behind_it()
    {
        var boxes = Placed(Branches()).Boxes.ToDictionary(static b => b.Label!.Name, static b => b.X);
        Assert.Single(((string[])["input", "stem.conv", "stem.relu", "mix.wide.0", "mix.wide.3", "mix.join", "flatten", "y"]).Select(n => boxes[n]).Distinct());
        Assert.NotEqual(boxes["mix.join"], boxes["mix.left.0"]);
    }

    [Fact]
    public void Every_box_stands_below_what_it_reads_and_lanes_are_straight()
    {
        var layering = Placed(Branches());
        Assert.All(layering.Edges, static e => Assert.True(e.From.Rank < e.To.Rank));
        Assert.All(layering.Edges.Where(static e => e.IsLong), static e => Assert.Single(e.Path.Where(static v => !v.IsBox).Select(static v => v.X).Distinct()));
    }

    [Fact]
    public void Blocks_have_frames_and_a_block_within_one_has_its_own()
    {
        var frames = Frame.Of(Placed(Branches()));
        Assert.Equal(["stem", "mix", "mix.wide", "mix.left"], frames.Select(static f => f.Name).OrderBy(static n => Array.IndexOf(["stem", "mix", "mix.wide", "mix.left"], n)));
        Assert.True(frames.Single(static f => f.Name == "mix").Level > frames.Single(static f => f.Name == "mix.wide").Level);
        Assert.Contains("mix.wide", Texts(Branches()));
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Every_network_of_the_catalog_is_drawn_as_well_formed_XML_the_same_every_time(string name)
    {
        var graph = NetworkCatalog.Get(name).Build(new(1, 64, 64), 10);
        var svg = Svg(graph);
        Assert.Equal(svg, Svg(graph));
        var document = XDocument.Parse(svg);
        Assert.Contains("prefers-color-scheme:dark", svg, StringComparison.Ordinal);
        Assert.Equal(graph.Nodes.Count(static n => n.Op is not Constant) + 2, document.Descendants().Count(static e => e.Name.LocalName == "g"));
    }

    [Fact]
    public void Names_from_files_cannot_break_out_of_the_text()
    {
        var net = new GraphBuilder("<script>&\u0001\uD800");
        net.Output("y", net.Apply("a\"><script>", ReLU(), net.Input("x", ElementType.Float32, ["N", 4])));
        var document = XDocument.Parse(Svg(net.Build()));
        Assert.DoesNotContain(document.Descendants(), static e => e.Name.LocalName == "script");
        Assert.Contains(document.Descendants(), static e => e.Value == "<script>&\uFFFD\uFFFD");
    }

    [Fact]
    public void An_operator_that_is_not_known_is_drawn_too()
    {
        var net = new GraphBuilder("foreign");
        var x = net.Input("x", ElementType.Float32, ["N", 4]);
        net.Output("y", net.Apply("act", ReLU(), x));
        var known = net.Build();
        Assert.Contains("Einsum", Texts(known with { Nodes = known.Nodes.Select(static n => n with { Op = new Foreign("Einsum", "", []) }).ToEquatableArray() }));
    }

    [Fact]
    public void A_thousand_layers_take_less_than_a_few_seconds()
    {
        var network = NetworkCatalog.Get("resblocks");
        var graph = network.Build(new(1, 8, 8), 10, NetworkArguments.Of(network, new Dictionary<string, string> { ["blocks"] = "250" }));
        var started = Stopwatch.GetTimestamp();
        Svg(graph);
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(10), $"{Stopwatch.GetElapsedTime(started)}");
    }

    // A stem, then three branches of different lengths, one of them nothing at all, joined.
    private static Graph Branches()
    {
        var net = new GraphBuilder("branches");
        var x = net.Input("input", ElementType.Float32, ["N", 3, 16, 16]);
        x = net.Apply("stem", Sequential(("conv", Conv2d(8, 3, stride: 2, padding: 1)), ("relu", ReLU())), x);
        x = net.Apply("mix", static (inner, value) =>
        {
            var wide = inner.Apply("wide", Sequential(Conv2d(4, 1), Conv2d(8, 3, padding: 2, dilation: 2, groups: 4), ReLU(), Dropout()), value);
            var left = inner.Apply("left", Sequential(MaxPool2d(3, 1, 1), Conv2d(8, 1)), value);
            return inner.Add(new Concat(1), [wide, left, value], "join");
        }, x);
        net.Output("y", net.Apply("flatten", Flatten(), x));
        return net.Build();
    }

    private static string Svg(Graph graph) => GraphDrawing.Svg(graph, LayerTable.Of(graph));

    private static string[] Texts(Graph graph) => [.. XDocument.Parse(Svg(graph)).Descendants().Where(static e => e.Name.LocalName == "text").Select(static e => e.Value)];

    private static Layering Placed(Graph graph)
    {
        var layering = Layering.Of(graph, BoxLabels.Of(graph, LayerTable.Of(graph)));
        CrossingReduction.Order(layering);
        HorizontalPlacement.Place(layering);
        return layering;
    }
}
