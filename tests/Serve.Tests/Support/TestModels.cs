using Toolchain.Graphs;
using static Toolchain.Graphs.Layers;

namespace Toolchain.Serve.Tests.Support;

/// <summary>Small models in the forms that the server meets.</summary>
internal static class TestModels
{
    /// <summary>A convolutional classifier with random weights: <c>uint8 [N, H, W, C]</c> to logits and probabilities.</summary>
    public static Graph Classifier(int height = 28, int width = 28, int channels = 1, int classes = 10, long seed = 1)
    {
        var net = new GraphBuilder("classifier", seed);
        var pixels = net.Input("pixels", ElementType.UInt8, ["N", height, width, channels]);
        var x = net.Add(new Cast(ElementType.Float32), [pixels], "cast");
        x = net.Add(new Mul(), [x, net.Constant("scale", TensorData.Scalar(1 / 255f))], "scaled");
        x = net.Add(new Transpose([0, 3, 1, 2]), [x], "planes");
        x = net.Apply("conv", Conv2d(4, 3, padding: 1), x);
        x = net.Apply("relu", ReLU(), x);
        x = net.Apply("flatten", Flatten(), x);
        return Ending(net, net.Apply("fc", Linear(classes), x));
    }

    /// <summary>The plain form, <c>float32 [N, C, H, W]</c>.</summary>
    public static Graph TensorClassifier(int channels = 1, int size = 8, int classes = 10)
    {
        var net = new GraphBuilder("tensor-classifier", 2);
        var x = net.Input("input", ElementType.Float32, ["N", channels, size, size]);
        return Ending(net, net.Apply("fc", Linear(classes), net.Apply("flatten", Flatten(), x)));
    }

    /// <summary>A linear regression on the rows of a table: <c>float32 [N, 1, 1, C]</c> to values.</summary>
    public static Graph Regression(int columns = 3, int values = 2)
    {
        var net = new GraphBuilder("regression", 4);
        var x = net.Input("numbers", ElementType.Float32, ["N", 1, 1, columns]);
        net.Output("values", net.Apply("fc", Linear(values), net.Apply("flatten", Flatten(), x)));
        return net.Build();
    }

    /// <summary>The mean of two classifiers, <c>uint8 [N, 28, 28, 1]</c> to probabilities, and a number for each image that tells how far they are apart.</summary>
    public static Graph Ensemble(int classes = 10)
    {
        var net = new GraphBuilder("ensemble", 6);
        var pixels = net.Input("pixels", ElementType.UInt8, ["N", 28, 28, 1]);
        var x = net.Add(new Mul(), [net.Add(new Cast(ElementType.Float32), [pixels], "cast"), net.Constant("scale", TensorData.Scalar(1 / 255f))], "scaled");
        x = net.Apply("flatten", Flatten(), x);
        var axis = net.Constant("axis", TensorData.Of<long>([1]));
        var all = net.Add(new Concat(1), [Member("m1"), Member("m2")], "members");
        var mean = net.Add(new ReduceMean([1], KeepDims: false), [all], "mean");
        var distance = net.Add(new Sub(), [all, net.Add(new Unsqueeze(), [mean, axis], "mean.beside")], "distance");
        var disagreement = net.Add(new ReduceMean([1, 2], KeepDims: false), [net.Add(new Mul(), [distance, distance], "squares")], "spread");
        net.Output("probabilities", mean);
        net.Output("disagreement", disagreement);
        return net.Build();

        Value Member(string name) => net.Add(new Unsqueeze(), [net.Add(new Softmax(), [net.Apply(name, Linear(classes), x)], $"{name}.softmax"), axis], $"{name}.beside");
    }

    /// <summary>A class for each pixel: <c>uint8 [N, H, W, 1]</c> to logits and probabilities.</summary>
    public static Graph Segmentation(int size = 4, int classes = 3)
    {
        var net = new GraphBuilder("segmentation", 5);
        var pixels = net.Input("pixels", ElementType.UInt8, ["N", size, size, 1]);
        var x = net.Add(new Transpose([0, 3, 1, 2]), [net.Add(new Cast(ElementType.Float32), [pixels], "cast")], "planes");
        var logits = net.Apply("conv", Conv2d(classes, 3, padding: 1), x);
        net.Output("probabilities", net.Add(new Softmax(1), [logits], "softmax"));
        net.Output("logits", logits);
        return net.Build();
    }

    /// <summary>Gives back what it gets: <c>float32 [N, width]</c>.</summary>
    public static Graph Echo(int width = 4, ElementType type = ElementType.Float32)
    {
        var net = new GraphBuilder("echo");
        net.Output("logits", net.Add(new Identity(), [net.Input("input", type, ["N", width])], "echo"));
        return net.Build();
    }

    /// <summary>Gives back what it gets after computing for a while, some milliseconds a row.</summary>
    public static Graph Slow(int layers = 12, int width = 1024, int columns = 4)
    {
        var net = new GraphBuilder("slow", 3);
        var input = net.Input("input", ElementType.Float32, ["N", columns]);
        var x = net.Apply("in", Linear(width), input);
        for (var i = 0; i < layers; i++)
        {
            x = net.Apply($"fc{i}", Linear(width), x);
            x = net.Apply($"act{i}", Tanh(), x);
        }

        x = net.Apply("out", Linear(columns), x);
        var nothing = net.Add(new Mul(), [x, net.Constant("zero", TensorData.Scalar(0f))], "nothing");
        net.Output("logits", net.Add(new Add(), [input, nothing], "echoed"));
        return net.Build();
    }

    /// <summary>Gives back what it gets, <c>float32 [N, 1]</c>, after computing for a long time with hardly any weights: many products with one matrix.</summary>
    public static Graph Long(int products = 2000, int width = 512)
    {
        var net = new GraphBuilder("long");
        var input = net.Input("input", ElementType.Float32, ["N", 1]);
        var x = net.Add(new MatMul(), [input, net.Constant("in", TensorData.Of<float>(new float[width], 1, width))], "wide");
        var matrix = net.Constant("matrix", TensorData.Of<float>([.. Enumerable.Range(0, width * width).Select(static i => (i % 7) * 0.001f)], width, width));
        for (var i = 0; i < products; i++)
        {
            x = net.Add(new MatMul(), [x, matrix], $"product{i}");
        }

        x = net.Add(new MatMul(), [x, net.Constant("out", TensorData.Of<float>(new float[width], width, 1))], "narrow");
        net.Output("logits", net.Add(new Add(), [input, x], "echoed"));
        return net.Build();
    }

    /// <summary>A picture of a table: row <c>index</c> of it for each row of <c>int64 [N, 1]</c>; the run fails when there is no such row.</summary>
    public static Graph Picky() => new()
    {
        Name = "picky",
        Inputs = [new("index", new(ElementType.Int64, ["N", 1]))],
        Outputs = [new("logits", new(ElementType.Float32, ["N", 1, 2]))],
        Nodes = [new("pick", new Foreign("Gather", "", []), ["table", "index"], ["logits"])],
        Initializers = new(new OrderedDictionary<string, TensorData> { ["table"] = TensorData.Of<float>([0, 1, 10, 11, 20, 21], 3, 2) }),
    };

    /// <summary>Fails on every row that it gets: <c>int64 [N, 1]</c>, rows of a table that has none.</summary>
    public static Graph Broken() => Picky() with
    {
        Name = "broken",
        Initializers = new(new OrderedDictionary<string, TensorData> { ["table"] = new(ElementType.Float32, [0, 2], Array.Empty<byte>()) }),
    };

    /// <summary>Two inputs of different types, and outputs of both.</summary>
    public static Graph Pair()
    {
        var net = new GraphBuilder("pair");
        net.Output("left_out", net.Add(new Identity(), [net.Input("left", ElementType.Int64, ["N", 2])], "l"));
        net.Output("right_out", net.Add(new Identity(), [net.Input("right", ElementType.Float16, ["N", 3])], "r"));
        return net.Build();
    }

    private static Graph Ending(GraphBuilder net, Value logits)
    {
        net.Output("probabilities", net.Add(new Softmax(), [logits], "softmax"));
        net.Output("logits", logits);
        return net.Build();
    }
}
