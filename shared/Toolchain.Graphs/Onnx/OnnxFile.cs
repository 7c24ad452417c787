using Toolchain.Graphs.Files;

namespace Toolchain.Graphs.Onnx;

/// <summary>Reads and writes <c>.onnx</c> files (onnx/docs/IR.md).</summary>
public static class OnnxFile
{
    /// <summary>
    /// Reads a model. The file is mapped into memory and weights are windows of it, so a file of gigabytes opens at once; it must not be
    /// changed in place while the graph is in use, while replacing it by renaming is fine.
    /// </summary>
    /// <param name="path">The file; external data is looked for in its folder and never outside.</param>
    /// <param name="limits">What to take at most; <see cref="OnnxReadLimits.Standard"/> when null.</param>
    /// <exception cref="ToolchainException">
    /// The file does not exist (<see cref="ErrorKind.NotFound"/>), or is damaged or not supported (<see cref="ErrorKind.BadInput"/>): the message
    /// names the file, the field and where it is.
    /// </exception>
    public static OnnxModel Read(string path, OnnxReadLimits? limits = null) =>
        Read(MappedFile.Open(path), path, Path.GetDirectoryName(Path.GetFullPath(path)), limits ?? OnnxReadLimits.Standard);

    /// <summary>Reads a model from memory; weights are windows of <paramref name="bytes"/>. External data is refused.</summary>
    /// <param name="bytes">The file's content, which must not change while the graph is in use.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="limits">What to take at most; <see cref="OnnxReadLimits.Standard"/> when null.</param>
    /// <exception cref="ToolchainException">The model is damaged or not supported (<see cref="ErrorKind.BadInput"/>).</exception>
    public static OnnxModel Read(ReadOnlyMemory<byte> bytes, string name = "model", OnnxReadLimits? limits = null) =>
        Read(new MemorySource(bytes), name, null, limits ?? OnnxReadLimits.Standard);

    /// <summary>The path or name of the file that holds a model's external weights when the toolchain wrote it: <c>PATH.data</c>, beside the model.</summary>
    /// <param name="path">The model's path or name.</param>
    public static string DataOf(string path) => $"{path}.data";

    /// <summary>
    /// Writes a model: beside its place first, renamed when it is complete and flushed to disk. Weights go straight from where they are into the
    /// file, so that their size does not matter. Equal graphs and options give equal bytes.
    /// </summary>
    /// <param name="graph">The model.</param>
    /// <param name="path">The file, which is replaced; a file <c>PATH.data</c> comes beside it when weights are external.</param>
    /// <param name="options">How to write.</param>
    /// <exception cref="ToolchainException">The graph is not well formed or cannot be expressed in the opset (<see cref="ErrorKind.BadInput"/>), or the file cannot be written.</exception>
    public static void Write(Graph graph, string path, OnnxWriteOptions? options = null)
    {
        var writer = new OnnxWriter(graph, options ?? new(), Path.GetFileName(DataOf(path)));
        if (writer.ExternalBytes > 0)
        {
            NewFile.Write(DataOf(path), writer.WriteExternal);
        }

        NewFile.Write(path, writer.Write);
    }

    /// <summary>Writes a model to a stream, which stays open.</summary>
    /// <exception cref="ToolchainException">As for a path; also when weights would have to be external, which needs a path (<see cref="ErrorKind.BadInput"/>).</exception>
    public static void Write(Graph graph, Stream stream, OnnxWriteOptions? options = null)
    {
        var writer = new OnnxWriter(graph, options ?? new(), location: "");
        if (writer.ExternalBytes > 0)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"Graph '{graph.Name}' has {writer.ExternalBytes} bytes of weights for an external data file, which a stream cannot have (one ONNX file holds at most 2 GiB). Write it to a path.");
        }

        writer.Write(stream);
        stream.Flush();
    }

    private static OnnxModel Read(ByteSource source, string name, string? folder, OnnxReadLimits limits)
    {
        try
        {
            return new OnnxReader(new ExternalData(folder, limits), limits).Read(source);
        }
        catch (ToolchainException e)
        {
            throw new ToolchainException(e.Kind, $"Cannot read '{name}': {e.Message}", e);
        }
        finally
        {
            source.Release();
        }
    }
}
