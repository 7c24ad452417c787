namespace Toolchain.Graphs.PyTorch.Zip;

/// <summary>The numbers of the zip format (PKWARE APPNOTE 6.3, sections 4.3 and 4.5) that reading and writing share.</summary>
internal static class ZipFormat
{
    internal const uint LocalHeader = 0x04034B50;
    internal const int LocalHeaderBytes = 30;
    internal const uint DirectoryHeader = 0x02014B50;
    internal const int DirectoryHeaderBytes = 46;
    internal const uint End = 0x06054B50;
    internal const int EndBytes = 22;
    internal const uint End64 = 0x06064B50;
    internal const int End64Bytes = 56;
    internal const uint Locator64 = 0x07064B50;
    internal const int Locator64Bytes = 20;

    /// <summary>The extra field with numbers of 64 bits.</summary>
    internal const ushort Extra64 = 1;

    /// <summary>The extra field that PyTorch fills up with bytes so that data is aligned: <c>FB</c>.</summary>
    internal const ushort ExtraPadding = 0x4246;

    /// <summary>The flag of names in UTF-8.</summary>
    internal const ushort Utf8Names = 0x0800;

    /// <summary>The flag of encrypted entries.</summary>
    internal const ushort Encrypted = 1;

    /// <summary>Where the data of an entry begins: at a multiple of so many bytes, as PyTorch aligns it.</summary>
    internal const int Alignment = 64;

    /// <summary>Bytes of an entry's name at most; far above what PyTorch writes.</summary>
    internal const int MaxNameBytes = 1024;
}
