using System.Buffers.Binary;

namespace Toolchain.Data;

/// <summary>A type of values in a MetaImage file.</summary>
/// <param name="Name">As headers write it.</param>
/// <param name="Bytes">Bytes of one value.</param>
/// <param name="ReadLittle">Reads one value, least significant byte first.</param>
/// <param name="ReadBig">Reads one value, most significant byte first.</param>
internal sealed record MetaImageElement(string Name, int Bytes, MetaImageElement.Reader ReadLittle, MetaImageElement.Reader ReadBig)
{
    public delegate double Reader(ReadOnlySpan<byte> bytes);

    private static readonly MetaImageElement[] All =
    [
        new("MET_UCHAR", 1, static b => b[0], static b => b[0]),
        new("MET_CHAR", 1, static b => (sbyte)b[0], static b => (sbyte)b[0]),
        new("MET_USHORT", 2, static b => BinaryPrimitives.ReadUInt16LittleEndian(b), static b => BinaryPrimitives.ReadUInt16BigEndian(b)),
        new("MET_SHORT", 2, static b => BinaryPrimitives.ReadInt16LittleEndian(b), static b => BinaryPrimitives.ReadInt16BigEndian(b)),
        new("MET_UINT", 4, static b => BinaryPrimitives.ReadUInt32LittleEndian(b), static b => BinaryPrimitives.ReadUInt32BigEndian(b)),
        new("MET_INT", 4, static b => BinaryPrimitives.ReadInt32LittleEndian(b), static b => BinaryPrimitives.ReadInt32BigEndian(b)),
        new("MET_FLOAT", 4, static b => BinaryPrimitives.ReadSingleLittleEndian(b), static b => BinaryPrimitives.ReadSingleBigEndian(b)),
        new("MET_DOUBLE", 8, static b => BinaryPrimitives.ReadDoubleLittleEndian(b), static b => BinaryPrimitives.ReadDoubleBigEndian(b)),
    ];

    /// <summary>Whether values are shown as they are, 0..255.</summary>
    public bool IsPicture => Name == "MET_UCHAR";

    /// <summary>The type with this name.</summary>
    /// <exception cref="ToolchainException">There is none (<see cref="ErrorKind.BadInput"/>).</exception>
    public static MetaImageElement Of(string name) => All.FirstOrDefault(element => element.Name == name)
        ?? throw new ToolchainException(ErrorKind.BadInput, $"ElementType is {name}; known are {string.Join(", ", All.Select(element => element.Name))}");
}
