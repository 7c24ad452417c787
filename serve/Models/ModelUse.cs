using Toolchain.Serve.Batching;
using Toolchain.Serve.Metrics;

namespace Toolchain.Serve.Models;

/// <summary>
/// The version that a request is answered by, from the moment when it was found: whatever is loaded meanwhile, the request stays with it, and it
/// is not given back before. The handler disposes it once; rows that it took stay until they are given back, so the outputs may be written later.
/// </summary>
internal readonly struct ModelUse : IDisposable
{
    private readonly long _started;

    /// <summary>A use that has begun.</summary>
    /// <param name="model">The version; its <see cref="ServedModel.Uses"/> was entered.</param>
    internal ModelUse(ServedModel model) => (Model, _started) = (model, model.Batcher.Time.GetTimestamp());

    /// <summary>The version.</summary>
    public ServedModel Model { get; }

    /// <summary>Counts the request as answered.</summary>
    /// <param name="lease">Its rows, after they ran.</param>
    /// <param name="input">How long its inputs took to read or decode.</param>
    /// <param name="output">How long its outputs took to write.</param>
    public void Succeeded(RowLease lease, TimeSpan input, TimeSpan output)
    {
        var waited = lease.Elapsed(lease.Entered, lease.Started) - input;
        var queue = waited > TimeSpan.Zero ? waited : TimeSpan.Zero;
        Model.Statistics.Succeeded(lease.Count, queue, input, lease.Elapsed(lease.Started, lease.Ended), output, Model.Batcher.Time.GetElapsedTime(_started));
    }

    /// <summary>Counts the request as one that got no outputs.</summary>
    public void Failed(FailureReason reason) => Model.Statistics.Failed(reason, Model.Batcher.Time.GetElapsedTime(_started));

    /// <inheritdoc/>
    public void Dispose() => Model.Uses.Leave();
}
