using System.Collections.Immutable;

namespace Toolchain.Data;

/// <summary>Fashion-MNIST: 60,000 + 10,000 grey 28×28 pictures of clothes in ten classes (Xiao, Rasul and Vollgraf, 2017, arXiv:1708.07747).</summary>
internal static class FashionMnist
{
    public static DatasetKind Kind { get; } = new("fashion-mnist", null, "Fashion-MNIST, 70,000 grey 28×28 pictures of clothes in 10 classes",
        (_, options) => IdxFolder.Read(Path.Combine(options.Root!, "fashion-mnist"), "fashion-mnist", Classes,
            "Install it with 'apt-get install dataset-fashion-mnist' or eng/setup.sh, or set TOOLCHAIN_DATA to the folder that holds fashion-mnist/."));

    // The names and their order are those of the data set's description (the paper's table 2).
    private static readonly ImmutableArray<string> Classes =
        ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"];
}
