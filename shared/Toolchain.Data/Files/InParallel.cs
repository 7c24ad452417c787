using System.Runtime.ExceptionServices;

namespace Toolchain.Data;

/// <summary>Loops over the machine's threads.</summary>
internal static class InParallel
{
    /// <summary>Calls the body for each number from 0 to <paramref name="count"/> − 1. What one call throws ends the loop and is thrown as it is.</summary>
    public static void For(int count, Action<int> body, CancellationToken cancellation = default)
    {
        try
        {
            Parallel.For(0, count, new ParallelOptions { CancellationToken = cancellation }, body);
        }
        catch (AggregateException several)
        {
            ExceptionDispatchInfo.Throw(several.InnerExceptions[0]);
        }
    }
}
