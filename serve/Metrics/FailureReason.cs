namespace Toolchain.Serve.Metrics;

/// <summary>Why a request got no outputs, in Triton's four kinds (label <c>reason</c> of <c>nv_inference_request_failure</c>).</summary>
internal enum FailureReason
{
    /// <summary>The queue was full, or the deadline passed before the request ran.</summary>
    Rejected,

    /// <summary>The client went away.</summary>
    Canceled,

    /// <summary>The model failed on it.</summary>
    Backend,

    /// <summary>Anything else: a request that does not fit the model, an image that cannot be decoded, a server that stops.</summary>
    Other,
}

/// <summary>How the kinds are written.</summary>
internal static class FailureReasons
{
    /// <summary>All of them, in the order of their numbers.</summary>
    public static IReadOnlyList<FailureReason> All { get; } = Enum.GetValues<FailureReason>();

    /// <summary>Triton's word.</summary>
    public static string Text(this FailureReason reason) => reason switch
    {
        FailureReason.Rejected => "REJECTED",
        FailureReason.Canceled => "CANCELED",
        FailureReason.Backend => "BACKEND",
        FailureReason.Other => "OTHER",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "Unknown reason."),
    };
}
