using Toolchain.Runtime;

namespace Toolchain.Export.Importing;

/// <summary>The order of an image's axes in a model's input.</summary>
internal enum ImageLayout
{
    /// <summary>Channels first: [N, C, H, W].</summary>
    Nchw,

    /// <summary>Channels last: [N, H, W, C].</summary>
    Nhwc,

    /// <summary>No image: a row of a table, [N, C].</summary>
    Table,
}

/// <summary>The order of the colours among the channels.</summary>
internal enum ChannelOrder
{
    /// <summary>Red first, as images are decoded.</summary>
    Rgb,

    /// <summary>Blue first, as OpenCV and Caffe have it.</summary>
    Bgr,
}

/// <summary>What the numbers of a classifier's output are.</summary>
internal enum OutputForm
{
    /// <summary>Found out: from the last operator, otherwise from the numbers themselves.</summary>
    Auto,

    /// <summary>Logits, before any softmax.</summary>
    Logits,

    /// <summary>Probabilities, after a softmax or sigmoid.</summary>
    Probabilities,
}

/// <summary>The size of images: channels, height and width.</summary>
internal sealed record InputSize(int Channels, int Height, int Width)
{
    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Channels}x{Height}x{Width}");
}

/// <summary>The range in which a model expects a pixel before mean and deviation are applied; pixels are 0..255 as they are decoded.</summary>
/// <param name="Low">What a black pixel becomes.</param>
/// <param name="High">What a white pixel becomes.</param>
internal sealed record PixelRange(float Low, float High)
{
    /// <summary>0..1, as PyTorch's <c>ToTensor</c> makes it.</summary>
    public static PixelRange Unit { get; } = new(0, 1);

    /// <summary>0..255: the bytes as they are.</summary>
    public static PixelRange Bytes { get; } = new(0, 255);

    /// <summary>−1..1.</summary>
    public static PixelRange Symmetric { get; } = new(-1, 1);

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Low}..{High}");
}

/// <summary>What a person says about a file; everything but the name may be left to detection.</summary>
internal sealed record ImportOptions
{
    /// <summary>The ONNX file.</summary>
    public required string File { get; init; }

    /// <summary>The model's name in the registry.</summary>
    public required string Name { get; init; }

    /// <summary>What the model does; classification by default.</summary>
    public ModelTask Task { get; init; } = ModelTask.Classification;

    /// <summary>The images' size, for what the file leaves open; null for the file's.</summary>
    public InputSize? Input { get; init; }

    /// <summary>The input's layout; null to see it from the shape.</summary>
    public ImageLayout? Layout { get; init; }

    /// <summary>The order of the colours; null for what the file's metadata say, otherwise RGB.</summary>
    public ChannelOrder? Channels { get; init; }

    /// <summary>The range of pixels; null for what the file says.</summary>
    public PixelRange? Range { get; init; }

    /// <summary>Per channel, subtracted from pixels in that range; null for what the file says, otherwise 0.</summary>
    public EquatableArray<float>? Mean { get; init; }

    /// <summary>Per channel, what the difference is divided by; null for what the file says, otherwise 1.</summary>
    public EquatableArray<float>? Std { get; init; }

    /// <summary>A text file with a label per line, or labels with commas between them; null for what the file says.</summary>
    public string? Labels { get; init; }

    /// <summary>The output to take; null for the first.</summary>
    public string? Output { get; init; }

    /// <summary>What the output's numbers are.</summary>
    public OutputForm Form { get; init; }

    /// <summary>Where ONNX Runtime runs.</summary>
    public SessionSpec Session { get; init; } = new();
}
