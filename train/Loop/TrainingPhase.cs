using Toolchain.Data;
using Toolchain.Graphs;
using Toolchain.Train.Execution;

namespace Toolchain.Train.Loop;

/// <summary>Some epochs at one image size: the network for that size over the run's weights, and the samples at that size.</summary>
/// <param name="Graph">The network's graph.</param>
/// <param name="Network">It, on the device.</param>
/// <param name="Feeder">Brings batches to the device.</param>
/// <param name="Training">The training samples.</param>
/// <param name="Validation">The validation samples; null where there are none.</param>
/// <param name="LastEpoch">The last epoch of the phase, from 1.</param>
internal sealed record TrainingPhase(Graph Graph, GraphExecutor Network, BatchFeeder Feeder, BatchLoader Training, BatchLoader? Validation, int LastEpoch) : IDisposable
{
    /// <summary>Frees the network's constants and the feeder; the weights are the run's.</summary>
    public void Dispose()
    {
        Network.Dispose();
        Feeder.Dispose();
    }
}
