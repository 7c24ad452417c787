namespace Toolchain.Serve.Batching;

/// <summary>What ended the gathering of a batch.</summary>
internal enum ClosedBy
{
    /// <summary>The model was free, and nothing said to wait.</summary>
    Idle,

    /// <summary>It had the most rows that a batch may have.</summary>
    Full,

    /// <summary>It had a preferred number of rows.</summary>
    Preferred,

    /// <summary>It had waited for more rows as long as it may.</summary>
    Delay,

    /// <summary>Waiting longer would have cost a request its deadline.</summary>
    Deadline,
}

/// <summary>Why a request's batch was what it was. Of a request that was split, its first batch.</summary>
/// <param name="Size">Rows that ran together.</param>
/// <param name="Requests">The requests whose rows they were.</param>
/// <param name="ClosedBy">What ended the gathering.</param>
/// <param name="Instance">Which of the model's instances ran it, from 0.</param>
/// <param name="QueueMs">From the request's arrival to the run, its decoding included, in ms.</param>
/// <param name="InferMs">The run, in ms; from the first to the last of a request that was split.</param>
internal sealed record BatchReport(int Size, int Requests, ClosedBy ClosedBy, int Instance, double QueueMs, double InferMs);
