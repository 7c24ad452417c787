namespace Toolchain.Serve.Batching;

/// <summary>How a request's rows left the queue.</summary>
internal enum RunOutcome
{
    /// <summary>They ran; the outputs are there.</summary>
    Completed,

    /// <summary>The client went away before they ran.</summary>
    Cancelled,

    /// <summary>Their deadline passed before they ran.</summary>
    Expired,

    /// <summary>The model failed on them.</summary>
    Failed,

    /// <summary>The server stopped before they ran.</summary>
    Stopped,

    /// <summary>The model hangs or fails on everything, and is given up.</summary>
    Unavailable,
}
