using System.Text;
using Toolchain.Graphs.Files;
using Toolchain.Graphs.PyTorch.Pickling;

namespace Toolchain.Graphs.PyTorch;

/// <summary>Recognises the format, reads the pickle, finds the state dict in it, and then the tensors' numbers.</summary>
internal sealed class PyTorchReader(ByteSource source, PyTorchReadLimits limits)
{
    private const int TarMagicAt = 257;

    internal PyTorchFile Read()
    {
        var (format, archive) = Open();
        var found = StateDict.Find(archive.Root);
        var assembly = new TensorAssembly(source, archive.Locate, limits);
        var tensors = found.Tensors.Select(t => KeyValuePair.Create(t.Key, assembly.Tensor(t.Key, t.Value))).ToList();
        return new() { Tensors = new(tensors), Format = format, Entry = found.Entry, OtherEntries = found.OtherEntries };
    }

    /// <summary>Whether a file may be one of this format's, by its first bytes.</summary>
    internal static bool Recognises(ByteSource source) => IsZip(source) || IsPickle(source) || IsTar(source);

    private (PyTorchFormat Format, IArchive Archive) Open()
    {
        if (IsZip(source))
        {
            return (PyTorchFormat.Zip, ZipArchive.Read(source, limits));
        }

        if (IsPickle(source))
        {
            return (PyTorchFormat.Legacy, LegacyArchive.Read(source, limits));
        }

        throw Fail(IsTar(source)
            ? "it is a tar archive, as PyTorch before 0.1.10 wrote them; load it in Python and save it again with torch.save"
            : "it is neither a zip archive nor a pickle, and so not a file that torch.save wrote; it may be cut off or damaged");
    }

    private static bool IsZip(ByteSource source) => StartsWith(source, 0, "PK"u8);

    private static bool IsPickle(ByteSource source) => StartsWith(source, 0, [(byte)PickleOpcode.Proto]);

    private static bool IsTar(ByteSource source) => StartsWith(source, TarMagicAt, Encoding.ASCII.GetBytes("ustar"));

    private static bool StartsWith(ByteSource source, int at, ReadOnlySpan<byte> magic) =>
        source.Length >= at + magic.Length && source.Span(at, magic.Length).SequenceEqual(magic);

    private static ToolchainException Fail(string problem) => new(ErrorKind.BadInput, $"{problem}.");
}
