using System.Globalization;
using Toolchain.Data;
using Toolchain.Train.Inside;

namespace Toolchain.Train.Commands;

/// <summary>Writes images of a data set as PNG files.</summary>
internal static class SampleImages
{
    /// <summary>Writes the first images, or one of each class in turn, named by number and label; beside each its mask, if it has one, whose values are class numbers.</summary>
    /// <returns>The images' files.</returns>
    /// <exception cref="ToolchainException">The folder cannot be written (<see cref="ErrorKind.Unavailable"/>).</exception>
    public static List<string> Write(Dataset images, string folder, int count)
    {
        try
        {
            Directory.CreateDirectory(folder);
            return [.. ClassTurns.Order(images).Take(count).Select(index => Write(images, index, folder))];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ToolchainException(ErrorKind.Unavailable, $"Cannot write samples to '{folder}': {failure.Message}", failure);
        }
    }

    private static string Write(Dataset images, int index, string folder)
    {
        var number = index.ToString("d4", CultureInfo.InvariantCulture);
        var path = Path.Combine(folder, images.Targets is ClassTargets classes ? $"{number}-{TrainedModel.FileName(classes.Names[classes.Labels[index]])}.png" : $"{number}.png");
        File.WriteAllBytes(path, ImageEncoder.Png(images.Image(index), images.Height, images.Width, images.Channels));
        if (images.Targets is MaskTargets masks)
        {
            File.WriteAllBytes(Path.Combine(folder, $"{number}-mask.png"), ImageEncoder.Png(masks.Mask(index), images.Height, images.Width, 1));
        }

        return path;
    }
}
