namespace Toolchain.Data;

/// <summary>The first step of every <see cref="SeededRandom"/> path, so that two purposes never share random numbers.</summary>
internal static class RandomStream
{
    public const long Split = 1;
    public const long Shuffle = 2;
    public const long Augmentation = 3;
    public const long FirstFlip = 4;
    public const long Mix = 5;
}
