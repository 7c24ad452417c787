using System.Collections.ObjectModel;
using Toolchain.Graphs.Files;

namespace Toolchain.Graphs.Safetensors;

/// <summary>Named tensors in one file (format: github.com/huggingface/safetensors, README).</summary>
public sealed record SafetensorsFile
{
    /// <summary>The tensors in the order of the file's header; each is a window of the file.</summary>
    public required OrderedWeights Tensors { get; init; }

    /// <summary>The free-form text of <c>__metadata__</c>, sorted by key.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>
    /// Reads a file. It is mapped into memory, so its size does not matter; it must not be changed in place while the tensors are in use,
    /// while replacing it by renaming is fine.
    /// </summary>
    /// <exception cref="ToolchainException">The file does not exist (<see cref="ErrorKind.NotFound"/>) or is damaged (<see cref="ErrorKind.BadInput"/>); the message names the tensor or the byte.</exception>
    public static SafetensorsFile Read(string path) => Read(MappedFile.Open(path), path);

    /// <summary>
    /// Reads a file's header; each tensor, or the part of it that is needed, is read when it is asked for, and not kept: for weights that go somewhere else
    /// once. The file must stay in its place while the tensors are in use.
    /// </summary>
    /// <exception cref="ToolchainException">As <see cref="Read(string)"/>.</exception>
    public static SafetensorsFile ReadOnDemand(string path) => Read(MappedFile.Open(path), path, (entry, start) => TensorData.Computed(entry.Type, entry.Dimensions, (first, part) =>
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
        file.Position = start + (first * entry.Type.Size());
        file.ReadExactly(part);
    }));

    /// <summary>Reads a file that is in memory; tensors are windows of <paramref name="bytes"/>.</summary>
    /// <param name="bytes">The content, which must not change while the tensors are in use.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="ToolchainException">The content is damaged (<see cref="ErrorKind.BadInput"/>).</exception>
    public static SafetensorsFile Read(ReadOnlyMemory<byte> bytes, string name = "safetensors") => Read(new MemorySource(bytes), name);

    /// <summary>Writes a file: beside its place first, renamed when it is complete and flushed to disk.</summary>
    /// <param name="path">The file, which is replaced.</param>
    /// <param name="tensors">In the order that the header will have.</param>
    /// <param name="metadata">Free-form text; none when null.</param>
    /// <exception cref="ToolchainException">A name stands twice or is reserved, a type has no name in the format, or the file cannot be written.</exception>
    public static void Write(string path, IEnumerable<KeyValuePair<string, TensorData>> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var writer = new SafetensorsWriter(tensors, metadata);
        NewFile.Write(path, writer.Write);
    }

    /// <summary>Writes to a stream, which stays open; equal tensors give equal bytes.</summary>
    /// <exception cref="ToolchainException">A name stands twice or is reserved, or a type has no name in the format (<see cref="ErrorKind.BadInput"/>).</exception>
    public static void Write(Stream stream, IEnumerable<KeyValuePair<string, TensorData>> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        new SafetensorsWriter(tensors, metadata).Write(stream);
        stream.Flush();
    }

    internal static SafetensorsFile Read(ByteSource source, string name, Func<SafetensorsEntry, long, TensorData>? tensor = null)
    {
        try
        {
            return new SafetensorsReader(source).Read(tensor);
        }
        catch (ToolchainException e)
        {
            throw new ToolchainException(e.Kind, $"Cannot read '{name}': {e.Message}", e);
        }
    }
}
