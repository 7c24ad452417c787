using Toolchain.Graphs.PyTorch.Pickling;

namespace Toolchain.Graphs.PyTorch;

/// <summary>An opened file: the object that was saved, and where the numbers of its storages are.</summary>
internal interface IArchive
{
    /// <summary>The object.</summary>
    object Root { get; }

    /// <summary>Where in the file a storage begins; all its bytes are there.</summary>
    /// <exception cref="ToolchainException">They are not, or they are damaged (<see cref="ErrorKind.BadInput"/>).</exception>
    long Locate(StorageReference storage);
}
