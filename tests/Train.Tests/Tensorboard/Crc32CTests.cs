using System.Text;
using Toolchain.Train.Tensorboard;

namespace Toolchain.Train.Tests.Tensorboard;

public sealed class Crc32CTests
{
    /// <summary>The examples of RFC 3720, appendix B.4, and the check value of catalogs of CRCs.</summary>
    public static TheoryData<byte[], uint> Known => new()
    {
        { new byte[32], 0x8a9136aa },
        { [.. Enumerable.Repeat(byte.MaxValue, 32)], 0x62a8ab43 },
        { [.. Enumerable.Range(0, 32).Select(static i => (byte)i)], 0x46dd794e },
        { [.. Enumerable.Range(0, 32).Select(static i => (byte)(31 - i))], 0x113fdb5c },
        { Convert.FromHexString("01c000000000000000000000000000001400000000000400000000140000001828000000000000000200000000000000"), 0xd9963a56 },
        { Encoding.ASCII.GetBytes("123456789"), 0xe3069283 },
        { [], 0 },
    };

    [Theory]
    [MemberData(nameof(Known))]
    public void Known_values_come_out(byte[] bytes, uint crc) => Assert.Equal(crc, Crc32C.Of(bytes));

    [Fact]
    public void The_mask_is_that_of_record_files()
    {
        // Every event file of TensorFlow or PyTorch begins with its 24-byte version event: these are the first 12 bytes of all of them.
        var length = Convert.FromHexString("1800000000000000");
        Assert.Equal(Convert.FromHexString("a37f4b22"), BitConverter.GetBytes(Crc32C.MaskedOf(length)));
    }
}
