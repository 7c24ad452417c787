using System.Runtime.CompilerServices;
using Toolchain.Networks;

namespace Toolchain.Graphs.Tests.Networks;

/// <summary>
/// Names and shapes of all parameters and buffers against lists that PyTorch printed of torchvision's module structure and of the U-Net of the notes,
/// so that their weights load by name. <c>num_batches_tracked</c>, which no inference reads, is left out of the lists.
/// </summary>
public sealed class StateDictTests
{
    [Theory]
    [InlineData("resnet18", "resnet18", "", "3x224x224", 1000)]
    [InlineData("resnet50", "resnet50", "", "3x224x224", 1000)]
    [InlineData("googlenet", "googlenet", "", "3x224x224", 1000)]
    [InlineData("unet", "unet", "", "3x64x64", 2)]
    [InlineData("unet-bilinear", "unet", "up=bilinear", "3x64x64", 2)]
    public void A_network_has_the_names_and_shapes_of_its_PyTorch_form(string file, string network, string setting, string image, int outputs)
    {
        var found = NetworkCatalog.Get(network);
        var settings = setting.Length == 0 ? null : new Dictionary<string, string> { [setting.Split('=')[0]] = setting.Split('=')[1] };
        var graph = found.Build(ImageSize.Parse(image), outputs, NetworkArguments.Of(found, settings));
        Assert.Equal(File.ReadAllLines(Path.Combine(Folder(), $"{file}.txt")), graph.Initializers.Select(static p => $"{p.Key} {string.Join("x", p.Value.Dimensions)}"));
    }

    private static string Folder([CallerFilePath] string source = "") => Path.Combine(Path.GetDirectoryName(source)!, "StateDicts");
}
