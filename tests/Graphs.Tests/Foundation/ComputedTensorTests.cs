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

    [Fact]
    public void A_part_is_made_alone()
    {
        var data = Numbers(1000);
        var part = new int[10];
        data.CopyTo(MemoryMarshal.AsBytes(part.AsSpan()), 500);

        Assert.Equal(Enumerable.Range(500, 10), part);
        Assert.Equal(10, _made);
        Assert.Throws<ArgumentOutOfRangeException>(() => data.CopyTo(new byte[40], 991));
        Assert.Throws<ArgumentOutOfRangeException>(() => data.CopyTo(new byte[4], -1));
        data.CopyTo([], 1000);
        Assert.Equal(10, _made);
    }

    [Fact]
    public void Every_kind_of_tensor_writes_its_bytes()
    {
        var values = Enumerable.Range(0, 700_000).ToArray();
        var expected = TensorData.Of<int>(values);
        TensorData[] kinds =
        [
            expected,
            Numbers(values.Length),
            TensorData.Deferred(ElementType.Int32, [values.Length], () => expected.Bytes),
            TensorData.Computed(ElementType.Int32, [values.Length], bytes => expected.Bytes.Span.CopyTo(bytes)),
            Numbers(values.Length).Reshape([7, 100_000]),
        ];

        Assert.All(kinds, kind =>
        {
            using var stream = new MemoryStream();
            kind.WriteTo(stream);
            Assert.True(expected.Bytes.Span.SequenceEqual(stream.ToArray()));
            Assert.True(expected.ContentEquals(kind.Reshape([values.Length])));
            var middle = new int[3];
            kind.CopyTo(MemoryMarshal.AsBytes(middle.AsSpan()), 350_000);
            Assert.Equal([350_000, 350_001, 350_002], middle);
        });
        Assert.False(Numbers(values.Length).ContentEquals(TensorData.Of<int>([.. values[..^1], 0])));
    }

    [Fact]
    public void Writing_and_comparing_make_no_array_of_the_values()
    {
        const int length = 16 << 20;
        var (parts, whole) = (Numbers(length), TensorData.Computed(ElementType.Int32, [length], static bytes => bytes.Clear()));

        Allocated.AtMost(4 << 20, () =>
        {
            parts.WriteTo(Stream.Null);
            whole.WriteTo(Stream.Null);
            Assert.True(parts.ContentEquals(Numbers(length)));
        });
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

    private TensorData Numbers(int count) => TensorData.Computed(ElementType.Int32, [count], (first, part) =>
    {
        var numbers = MemoryMarshal.Cast<byte, int>(part);
        _made += numbers.Length;
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = (int)first + i;
        }
    });

    private TensorData Counting() => TensorData.Computed(ElementType.Float32, [3], bytes =>
    {
        _made++;
        ((ReadOnlySpan<float>)[0, 1, 2]).CopyTo(MemoryMarshal.Cast<byte, float>(bytes));
    });
}
