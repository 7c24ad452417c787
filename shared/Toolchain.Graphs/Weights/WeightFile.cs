using Toolchain.Graphs.Files;
using Toolchain.Graphs.PyTorch;
using Toolchain.Graphs.Safetensors;

namespace Toolchain.Graphs.Weights;

/// <summary>Named weights in a file of any of the formats that weights travel in.</summary>
public sealed record WeightFile
{
    private static readonly string[] PyTorchExtensions = [".pth", ".pt", ".bin"];
    private static readonly string[] SafetensorsExtensions = [".safetensors"];

    /// <summary>The extensions that are known, for help and messages.</summary>
    public static string Extensions { get; } = string.Join(", ", SafetensorsExtensions.Concat(PyTorchExtensions));

    /// <summary>The weights in the order of the file; windows of it where that is possible.</summary>
    public required OrderedWeights Tensors { get; init; }

    /// <summary>What wrote the file, as far as its format tells; null when it does not.</summary>
    public string? Producer { get; init; }

    /// <summary>The entry of a training script's checkpoint that held the weights; null when the file holds nothing else.</summary>
    public string? Entry { get; init; }

    /// <summary>The checkpoint's other entries, which were left alone.</summary>
    public IReadOnlyList<string> OtherEntries { get; init; } = [];

    /// <summary>
    /// Reads a file with a known extension. The content decides the format, so a file that got the wrong one of the extensions is read all the same.
    /// It must not be changed in place while the weights are in use.
    /// </summary>
    /// <exception cref="ToolchainException">
    /// The extension is unknown (<see cref="ErrorKind.Usage"/>), or the file does not exist (<see cref="ErrorKind.NotFound"/>) or is damaged or not a
    /// file of weights (<see cref="ErrorKind.BadInput"/>).
    /// </exception>
    public static WeightFile Read(string path)
    {
        _ = IsSafetensors(path);
        var source = MappedFile.Open(path);
        if (!SafetensorsReader.Recognises(source) && PyTorchReader.Recognises(source))
        {
            var file = PyTorchFile.Read(source, path);
            return new() { Tensors = file.Tensors, Producer = ProducerOf(file.Format), Entry = file.Entry, OtherEntries = file.OtherEntries };
        }

        var tensors = SafetensorsFile.Read(source, path);
        return new() { Tensors = tensors.Tensors, Producer = tensors.Metadata.TryGetValue("format", out var format) ? $"safetensors, format {format}" : null };
    }

    /// <summary>Writes a file in the format of its extension: beside its place first, renamed when it is complete and flushed to disk.</summary>
    /// <param name="path">The file, which is replaced.</param>
    /// <param name="tensors">In the order that the file will have.</param>
    /// <exception cref="ToolchainException">
    /// The extension is unknown (<see cref="ErrorKind.Usage"/>), a name stands twice or the format has no such element type
    /// (<see cref="ErrorKind.BadInput"/>), or the file cannot be written.
    /// </exception>
    public static void Write(string path, IEnumerable<KeyValuePair<string, TensorData>> tensors)
    {
        if (IsSafetensors(path))
        {
            // PyTorch's users of the format look for this entry.
            SafetensorsFile.Write(path, tensors, new Dictionary<string, string> { ["format"] = "pt" });
        }
        else
        {
            PyTorchFile.Write(path, tensors);
        }
    }

    /// <summary>Checks an extension before any work is done.</summary>
    /// <exception cref="ToolchainException">It is unknown (<see cref="ErrorKind.Usage"/>).</exception>
    public static void RequireKnown(string path) => _ = IsSafetensors(path);

    private static bool IsSafetensors(string path)
    {
        var extension = Path.GetExtension(path);
        return SafetensorsExtensions.Contains(extension, StringComparer.OrdinalIgnoreCase)
            || (PyTorchExtensions.Contains(extension, StringComparer.OrdinalIgnoreCase)
                ? false
                : throw new ToolchainException(ErrorKind.Usage, $"'{path}' does not have the extension of a file of weights. Known are {Extensions}."));
    }

    private static string ProducerOf(PyTorchFormat format) => format switch
    {
        PyTorchFormat.Zip => "PyTorch (zip format)",
        PyTorchFormat.Legacy => "PyTorch (legacy format)",
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "Unknown format."),
    };
}
