using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Toolchain.Graphs.Safetensors;

namespace Toolchain.Graphs.Tests.Foundation;

/// <summary>Tensors whose bytes are made, or read, when they are asked for.</summary>
public sealed class ComputedTensorTests
{
    private int _made;

    [Fact]
    public void Bytes_in_use_are_made_once()
    {
        var data = Counting();
        var bytes = data.Bytes;

        Assert.Equal([0, 1, 2], data.Values<float>().ToArray());
        Assert.True(data.ContentEquals(data.Reshape([3, 1]).Reshape([3])));
        Assert.Equal(1, _made);
        GC.KeepAlive(bytes);
    }

    [Fact]
    public void Bytes_that_nobody_has_are_given_back_and_made_again()
    {
        var data = Counting();
        Assert.False(Collected(data).TryGetTarget(out _));
        Assert.Equal([0, 1, 2], data.Values<float>().ToArray());
        Assert.Equal(2, _made);
    }

    [Fact]
    public void A_copy_is_made_in_its_place()
    {
        var data = Counting();
        Span<float> copy = stackalloc float[3];
        data.CopyTo(MemoryMarshal.AsBytes(copy));
        data.CopyTo(MemoryMarshal.AsBytes(copy));

        Assert.Equal([0, 1, 2], copy.ToArray());
        Assert.Equal(2, _made);
    }

    [Fact]
    public void A_file_that_is_read_on_demand_has_the_values_of_one_that_is_mapped()
    {
        var folder = Directory.CreateTempSubdirectory("computed");
        try
        {
            var path = Path.Combine(folder.FullName, "w.safetensors");
            SafetensorsFile.Write(path, [new("a", TensorData.Of<float>([1, 2, 3, 4], 2, 2)), new("b", TensorData.Of<byte>([7])), new("none", TensorData.Of<float>([], 0, 3))]);
            var (mapped, read) = (SafetensorsFile.Read(path), SafetensorsFile.ReadOnDemand(path));

            Assert.Equal(mapped.Tensors.Keys, read.Tensors.Keys);
            Assert.All(mapped.Tensors, t => Assert.True(t.Value.ContentEquals(read.Tensors[t.Key]), t.Key));

            var unread = SafetensorsFile.ReadOnDemand(path).Tensors["b"];
            File.Delete(path);
            Assert.Throws<FileNotFoundException>(() => unread.CopyTo(new byte[1]));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // In a method of its own, so that nothing on the stack keeps the array.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference<byte[]> Collected(TensorData data)
    {
        var weak = Weak(data);
        GC.Collect();
        return weak;

        [MethodImpl(MethodImplOptions.NoInlining)]
        static WeakReference<byte[]> Weak(TensorData data) => MemoryMarshal.TryGetArray(data.Bytes, out var array) ? new(array.Array!) : throw new InvalidOperationException("Not an array.");
    }

    private TensorData Counting() => TensorData.Computed(ElementType.Float32, [3], bytes =>
    {
        _made++;
        ((ReadOnlySpan<float>)[0, 1, 2]).CopyTo(MemoryMarshal.Cast<byte, float>(bytes));
    });
}
