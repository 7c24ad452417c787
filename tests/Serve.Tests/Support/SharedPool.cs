using System.Runtime.CompilerServices;

namespace Toolchain.Serve.Tests.Support;

/// <summary>Servers that tests start in this process share the thread pool with the tests, which block its threads as a server alone does not.</summary>
internal static class SharedPool
{
    private const int ThreadsPerProcessor = 4;

    [ModuleInitializer]
    internal static void Grow()
    {
        ThreadPool.GetMinThreads(out var workers, out var completions);
        ThreadPool.SetMinThreads(Math.Max(workers, ThreadsPerProcessor * Environment.ProcessorCount), completions);
    }
}
