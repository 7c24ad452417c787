using Toolchain.Graphs.Files;

namespace Toolchain.Graphs.PyTorch;

/// <summary>
/// The state dict in a file that <c>torch.save</c> wrote: a zip archive since PyTorch 1.6, a chain of pickles before. The pickle is read by a
/// machine that knows tensors, containers, numbers and text, and nothing else: no name in a file is ever looked up or called.
/// </summary>
public sealed record PyTorchFile
{
    /// <summary>The tensors in the order of the dictionary. Contiguous ones are windows of the file; names of one tensor share one <see cref="TensorData"/>.</summary>
    public required OrderedWeights Tensors { get; init; }

    /// <summary>Which of the two formats the file has.</summary>
    public required PyTorchFormat Format { get; init; }

    /// <summary>The checkpoint's entry that held the state dict, such as <c>state_dict</c>; null when the file holds nothing else.</summary>
    public string? Entry { get; init; }

    /// <summary>The checkpoint's other entries, which were left alone: the epoch, the optimiser's state.</summary>
    public IReadOnlyList<string> OtherEntries { get; init; } = [];

    /// <summary>
    /// Reads a file. It is mapped into memory, so its size does not matter; it must not be changed in place while the tensors are in use, while
    /// replacing it by renaming is fine.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="limits">What to take at most; <see cref="PyTorchReadLimits.Standard"/> when null.</param>
    /// <exception cref="ToolchainException">
    /// The file does not exist (<see cref="ErrorKind.NotFound"/>), or is damaged, asks for anything else than tensors and containers, or holds no
    /// state dict (<see cref="ErrorKind.BadInput"/>); the message says where and what to do.
    /// </exception>
    public static PyTorchFile Read(string path, PyTorchReadLimits? limits = null) => Read(MappedFile.Open(path), path, limits);

    /// <summary>Reads a file that is in memory; contiguous tensors are windows of <paramref name="bytes"/>.</summary>
    /// <param name="bytes">The content, which must not change while the tensors are in use.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="limits">What to take at most; <see cref="PyTorchReadLimits.Standard"/> when null.</param>
    /// <exception cref="ToolchainException">As for a path (<see cref="ErrorKind.BadInput"/>).</exception>
    public static PyTorchFile Read(ReadOnlyMemory<byte> bytes, string name = "pytorch", PyTorchReadLimits? limits = null) =>
        Read(new MemorySource(bytes), name, limits);

    /// <summary>
    /// Writes a state dict in the zip format, which PyTorch 1.6 and newer load, also with <c>weights_only=True</c>: beside its place first, renamed
    /// when it is complete and flushed to disk.
    /// </summary>
    /// <param name="path">The file, which is replaced.</param>
    /// <param name="tensors">In the order that the dictionary will have; names of one <see cref="TensorData"/> share their storage.</param>
    /// <exception cref="ToolchainException">A name stands twice, PyTorch has no storage of a type (<see cref="ErrorKind.BadInput"/>), or the file cannot be written.</exception>
    public static void Write(string path, IEnumerable<KeyValuePair<string, TensorData>> tensors)
    {
        var writer = new PyTorchWriter(tensors);
        NewFile.Write(path, writer.Write);
    }

    /// <summary>Writes to a stream, which stays open; equal tensors give equal bytes.</summary>
    /// <exception cref="ToolchainException">A name stands twice, or PyTorch has no storage of a type (<see cref="ErrorKind.BadInput"/>).</exception>
    public static void Write(Stream stream, IEnumerable<KeyValuePair<string, TensorData>> tensors)
    {
        new PyTorchWriter(tensors).Write(stream);
        stream.Flush();
    }

    internal static PyTorchFile Read(ByteSource source, string name, PyTorchReadLimits? limits = null)
    {
        try
        {
            return new PyTorchReader(source, limits ?? PyTorchReadLimits.Standard).Read();
        }
        catch (ToolchainException e)
        {
            throw new ToolchainException(e.Kind, $"Cannot read '{name}': {e.Message}", e);
        }
    }
}

/// <summary>The formats of <c>torch.save</c>.</summary>
public enum PyTorchFormat
{
    /// <summary>A zip archive with a pickle and one entry per storage: PyTorch 1.6 and newer.</summary>
    Zip,

    /// <summary>Pickles followed by storages: PyTorch before 1.6, and <c>_use_new_zipfile_serialization=False</c>.</summary>
    Legacy,
}
