using Toolchain.Graphs;
using static Toolchain.Graphs.Layers;

namespace Toolchain.Networks;

/// <summary>
/// GoogLeNet (Szegedy et al. 2014, arXiv 1409.4842) as torchvision has it, whose weights load by name: batch normalisation behind each convolution,
/// 3×3 instead of 5×5 convolutions in the third branch, and no auxiliary heads. torchvision's weights expect pixels with mean 0.5 and deviation 0.5.
/// </summary>
public sealed class GoogLeNet : Network
{
    /// <inheritdoc/>
    public override string Name => "googlenet";

    /// <inheritdoc/>
    public override string Summary => "GoogLeNet of nine inception blocks, torchvision's form without auxiliary heads";

    /// <inheritdoc/>
    public override string Source => "notes: Inception/GoogLeNet; arXiv 1409.4842; torchvision.models.googlenet";

    /// <inheritdoc/>
    public override ImageSize SmallestInput(NetworkArguments arguments) => new(1, 15, 15);

    /// <summary>torchvision's: normal with deviation 0.01, cut off at two deviations.</summary>
    protected override InitializationPolicy First { get; } = new()
    {
        Convolutions = InitializationRule.Of("truncated-normal", 0.01),
        Linears = InitializationRule.Of("truncated-normal", 0.01),
    };

    /// <inheritdoc/>
    protected override Value Forward(GraphBuilder net, Value x, NetworkArguments arguments, int outputs)
    {
        x = net.Apply("conv1", Convolution(64, kernel: 7, stride: 2), x);
        x = net.Apply("maxpool1", MaxPool2d(3, stride: 2, ceilMode: true), x);
        x = net.Apply("conv2", Convolution(64, kernel: 1), x);
        x = net.Apply("conv3", Convolution(192, kernel: 3), x);
        x = net.Apply("maxpool2", MaxPool2d(3, stride: 2, ceilMode: true), x);
        x = net.Apply("inception3a", Block(64, 96, 128, 16, 32, 32), x);
        x = net.Apply("inception3b", Block(128, 128, 192, 32, 96, 64), x);
        x = net.Apply("maxpool3", MaxPool2d(3, stride: 2, ceilMode: true), x);
        x = net.Apply("inception4a", Block(192, 96, 208, 16, 48, 64), x);
        x = net.Apply("inception4b", Block(160, 112, 224, 24, 64, 64), x);
        x = net.Apply("inception4c", Block(128, 128, 256, 24, 64, 64), x);
        x = net.Apply("inception4d", Block(112, 144, 288, 32, 64, 64), x);
        x = net.Apply("inception4e", Block(256, 160, 320, 32, 128, 128), x);
        x = net.Apply("maxpool4", MaxPool2d(2, stride: 2, ceilMode: true), x);
        x = net.Apply("inception5a", Block(256, 160, 320, 32, 128, 128), x);
        x = net.Apply("inception5b", Block(384, 192, 384, 48, 128, 128), x);
        x = net.Apply("avgpool", AdaptiveAvgPool2d(1, 1), x);
        x = net.Apply("flatten", Flatten(), x);
        x = net.Apply("dropout", Dropout(0.2f), x);
        return net.Apply("fc", Linear(outputs), x);
    }

    // The numbers are those of the paper's table 1: #1×1, #3×3 reduce, #3×3, #5×5 reduce, #5×5, pool proj.
    private static Layer Block(int one, int threeReduced, int three, int fiveReduced, int five, int pooled) => (net, x) => net.Add(
        new Concat(1),
        [
            net.Apply("branch1", Convolution(one, kernel: 1), x),
            net.Sequential("branch2", x, Convolution(threeReduced, kernel: 1), Convolution(three, kernel: 3)),
            net.Sequential("branch3", x, Convolution(fiveReduced, kernel: 1), Convolution(five, kernel: 3)),
            net.Sequential("branch4", x, MaxPool2d(3, stride: 1, padding: 1, ceilMode: true), Convolution(pooled, kernel: 1)),
        ],
        "concat");

    private static Layer Convolution(int channels, int kernel, int stride = 1) => Sequential(
        ("conv", Conv2d(channels, kernel, stride, padding: kernel / 2, bias: false)),
        ("bn", BatchNorm2d(eps: 0.001f)),
        ("relu", ReLU()));
}
