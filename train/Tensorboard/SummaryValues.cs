using Google.Protobuf;
using Toolchain.Train.Inside;
using Toolchain.Train.Tensorboard.Schema;
using Value = Toolchain.Train.Tensorboard.Schema.Summary.Types.Value;

namespace Toolchain.Train.Tensorboard;

/// <summary>The kinds of values that event files hold. A tag's part before the first slash is the group in which TensorBoard shows it.</summary>
internal static class SummaryValues
{
    private const int Rgb = 3;
    private const int StringType = 7;

    /// <summary>A number.</summary>
    public static Value Scalar(string tag, double value) => new() { Tag = tag, SimpleValue = (float)value };

    /// <summary>A picture.</summary>
    public static Value Image(string tag, Picture picture, string description) => new()
    {
        Tag = tag,
        Image = new() { Height = picture.Height, Width = picture.Width, Colorspace = Rgb, EncodedImageString = ByteString.CopyFrom(picture.Png()) },
        Metadata = new() { SummaryDescription = description },
    };

    /// <summary>A text in Markdown.</summary>
    public static Value Text(string tag, string text) => new()
    {
        Tag = tag,
        Tensor = new() { Dtype = StringType, TensorShape = new(), StringVal = { ByteString.CopyFromUtf8(text) } },
        Metadata = new() { PluginData = new() { PluginName = "text" } },
    };

    /// <summary>How values are distributed; nothing when none of them is finite.</summary>
    public static IEnumerable<Value> Distribution(string tag, ReadOnlySpan<float> values) =>
        Histogram.Of(values) is { } histogram ? [new() { Tag = tag, Histo = histogram }] : [];
}
