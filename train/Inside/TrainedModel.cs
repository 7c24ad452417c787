using System.Globalization;
using System.Text.RegularExpressions;
using Toolchain.Data;
using Toolchain.Graphs;
using TorchSharp;

namespace Toolchain.Train.Inside;

/// <summary>What is looked into: a trained network, and the test images to look at it with.</summary>
/// <param name="Name">The model, for example <c>cnnnet:3</c>.</param>
/// <param name="Graph">Its graph.</param>
/// <param name="Input">How images become its input.</param>
/// <param name="Test">The test images.</param>
/// <param name="OutputNames">What its outputs mean.</param>
/// <param name="Device">Where to compute.</param>
internal sealed partial record TrainedModel(string Name, Graph Graph, Preprocessing Input, Dataset Test, IReadOnlyList<string> OutputNames, torch.Device Device)
{
    private const int Side = 224;

    /// <summary>By how much the model's images are enlarged to be looked at: to about 224 pixels, and at least once.</summary>
    public int Magnification => Math.Max(1, Side / Math.Max(Input.Height, Input.Width));

    /// <summary>A test image as it is.</summary>
    public Picture Image(int index) => Picture.Of(Test.Image(index), Test.Height, Test.Width, Test.Channels);

    /// <summary>An image's number in file names.</summary>
    public static string Number(int index) => index.ToString("d4", CultureInfo.InvariantCulture);

    /// <summary>A label as part of a file's name: small letters and digits, and a hyphen for anything else.</summary>
    public static string FileName(string label) => Unsafe().Replace(label.ToLowerInvariant(), "-").Trim('-');

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex Unsafe();
}
