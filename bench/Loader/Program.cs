using System.Globalization;
using Toolchain.Bench.Loader;

// bench-loader make FOLDER COUNT HEIGHT WIDTH           writes JPEG files like photographs, in ten class folders
// bench-loader load FOLDER CACHE WORKERS EPOCHS         prints the images/s of each epoch of batches of 64, cropped, mirrored and normalised
// bench-loader wait FOLDER CACHE WORKERS STEPS BATCH    trains resnet18 and prints the share of time that its steps waited for data, and images/s
// CACHE is a folder, or off.
switch (args)
{
    case ["make", var folder, var count, var height, var width]:
        Photographs.Write(folder, Number(count), Number(height), Number(width));
        return 0;
    case ["load", var folder, var cache, var workers, var epochs]:
        Measurement.Load(folder, cache, Number(workers), Number(epochs));
        return 0;
    case ["wait", var folder, var cache, var workers, var steps, var batch]:
        Measurement.Wait(folder, cache, Number(workers), Number(steps), Number(batch));
        return 0;
    default:
        Console.Error.WriteLine("usage: see bench/loader.sh");
        return 2;
}

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
