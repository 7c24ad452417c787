namespace Toolchain.Graphs.PyTorch.Zip;

/// <summary>A file in an archive, stored as it is.</summary>
/// <param name="Name">Its path.</param>
/// <param name="Header">Where its local header begins.</param>
/// <param name="Start">Where its data begins.</param>
/// <param name="Length">Bytes of data.</param>
/// <param name="Checksum">The CRC-32 that the archive states.</param>
internal sealed record ZipEntry(string Name, long Header, long Start, long Length, uint Checksum);
