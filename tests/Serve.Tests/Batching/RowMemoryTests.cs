using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Toolchain.Runtime;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests.Batching;

/// <summary>The memory that rows lie in. A GPU's page-locked memory comes from an allocator of ONNX Runtime; the CPU's own allocator goes the same way here.</summary>
public sealed class RowMemoryTests
{
    private const int Rows = 8;

    [Fact]
    public void Rows_come_back_alike_from_either_memory_and_both_are_given_back_before_the_session()
    {
        using var session = Load();
        var layout = RowLayout.Of(session);
        foreach (var make in new Func<RowMemory>[] { () => RowMemory.For(session), () => new AlignedMemory(), () => Allocator(session) })
        {
            for (var round = 0; round < 20; round++)
            {
                using var buffer = new RowBuffer(make(), layout, Rows);
                using var runner = new RowRunner(session, buffer);
                for (var first = 0; first < Rows; first += 2)
                {
                    var values = MemoryMarshal.Cast<byte, float>(buffer.Input(0, first, 2));
                    for (var i = 0; i < values.Length; i++)
                    {
                        values[i] = (100 * round) + (10 * first) + i;
                    }

                    runner.Run(first, 2);
                }

                for (var first = 0; first < Rows; first += 2)
                {
                    Assert.Equal(Enumerable.Range(0, 8).Select(i => (float)((100 * round) + (10 * first) + i)), MemoryMarshal.Cast<byte, float>(buffer.Output(0, first, 2)).ToArray());
                }
            }
        }
    }

    [Fact]
    public void Blocks_are_aligned_writable_and_each_its_own()
    {
        using var session = Load();
        foreach (var make in new Func<RowMemory>[] { () => new AlignedMemory(), () => Allocator(session) })
        {
            using var memory = make();
            nint[] blocks = [memory.Allocate(1), memory.Allocate(1000), memory.Allocate(1 << 20)];

            Assert.All(blocks, static block => Assert.Equal(0, block % 64));
            Assert.Equal(blocks.Length, blocks.Distinct().Count());
            foreach (var (block, length) in blocks.Zip([1, 1000, 1 << 20]))
            {
                Marshal.WriteByte(block, length - 1, 7);
                Assert.Equal(7, Marshal.ReadByte(block, length - 1));
            }
        }
    }

    [Fact]
    public void A_session_on_the_cpu_takes_memory_of_the_process_and_has_none_that_is_page_locked()
    {
        using var session = Load();

        Assert.Null(AllocatorMemory.PageLocked(session));
        using var memory = RowMemory.For(session);
        Assert.IsType<AlignedMemory>(memory);
        Assert.Equal("Cpu", memory.Kind.Name);
    }

    [Fact]
    public void What_there_is_no_memory_for_is_said_with_its_size_and_what_to_do()
    {
        using var session = Load();
        using var memory = Allocator(session);
        using var aligned = new AlignedMemory();

        foreach (var (from, bytes, fragment) in new (RowMemory, long, string)[] { (memory, 5L << 30, "5368709120 bytes of Cpu memory"), (aligned, long.MaxValue - 4096, "9223372036854771711 bytes of memory") })
        {
            var refusal = Assert.Throws<ToolchainException>(() => from.Allocate(bytes));
            Assert.Equal(ErrorKind.Unavailable, refusal.Kind);
            Assert.Contains(fragment, refusal.Message, StringComparison.Ordinal);
            Assert.EndsWith("Run smaller batches.", refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Nothing_is_read_or_written_once_the_memory_is_given_back()
    {
        using var session = Load();
        var buffer = new RowBuffer(Allocator(session), RowLayout.Of(session), Rows);
        buffer.Input(0, 0, Rows).Clear();

        buffer.Dispose();
        buffer.Dispose();

        Assert.Throws<ObjectDisposedException>(() => buffer.Input(0, 0, 1).Length);
        Assert.Throws<ObjectDisposedException>(() => buffer.Output(0, Rows - 1, 1).Length);
    }

    private static ModelSession Load() => ModelSession.Load(TestBatcher.Onnx(TestModels.Echo()), "echo", new() { Device = DeviceSpec.Cpu, Threads = 1 });

    private static AllocatorMemory Allocator(ModelSession session) => AllocatorMemory.Of(session, OrtMemoryInfo.DefaultInstance)!;
}
