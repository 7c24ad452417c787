using Toolchain.Serve.Batching;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests.Batching;

/// <summary>Counts what the whole process allocates, so nothing else may run.</summary>
[Collection(nameof(Alone))]
public sealed class AllocationTests
{
    [Fact]
    public async Task A_request_in_steady_state_allocates_little_more_than_itself()
    {
        await using var test = TestBatcher.Of(TestModels.Echo(1));
        for (var i = 0; i < 300; i++)
        {
            await OneAsync(test);
        }

        const int Requests = 2000;
        var before = GC.GetTotalAllocatedBytes(precise: true);
        for (var i = 0; i < Requests; i++)
        {
            await OneAsync(test);
        }

        // The request itself, and what ONNX Runtime's binding makes of names and values for each run.
        Assert.InRange((GC.GetTotalAllocatedBytes(precise: true) - before) / Requests, 0, 1200);
    }

    private static async Task OneAsync(TestBatcher test)
    {
        using var lease = test.Batcher.TryEnter(new(1))!;
        await lease.TakeRowsAsync();
        lease.Input(0).Clear();
        await lease.RunAsync();
    }
}
