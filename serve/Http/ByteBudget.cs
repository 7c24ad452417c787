namespace Toolchain.Serve.Http;

/// <summary>A limit on the bytes of all request bodies that are in memory. Safe to use from many threads at once.</summary>
/// <param name="limit">Bytes.</param>
internal sealed class ByteBudget(long limit)
{
    private long _used;

    /// <summary>Bytes that are taken.</summary>
    public long Used => Volatile.Read(ref _used);

    /// <summary>Takes bytes, if there are so many; a body that is larger than the whole budget passes when it is the only one.</summary>
    public bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _used, bytes) is var used && (used <= limit || used == bytes))
        {
            return true;
        }

        Return(bytes);
        return false;
    }

    /// <summary>Gives bytes back.</summary>
    public void Return(long bytes) => Interlocked.Add(ref _used, -bytes);
}
