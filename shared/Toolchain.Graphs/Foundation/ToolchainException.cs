namespace Toolchain;

/// <summary>What kind of failure a <see cref="ToolchainException"/> is; each surface maps it once (exit codes, HTTP and gRPC status).</summary>
public enum ErrorKind
{
    /// <summary>A check that ran to its end and found a fault, such as a loss that is not a number or a registry that does not verify.</summary>
    CheckFailed,

    /// <summary>The request itself is wrong: an unknown option, network, device or argument.</summary>
    Usage,

    /// <summary>A file is missing, damaged, or not what it should be.</summary>
    BadInput,

    /// <summary>A name refers to nothing: a model, version, alias or file.</summary>
    NotFound,

    /// <summary>Two computations that must agree do not: an exported model and its probe, for example.</summary>
    Mismatch,

    /// <summary>The machine cannot do it now: a full disk, a port in use, a device that is absent.</summary>
    Unavailable,
}

/// <summary>
/// A failure that a person can act on. The message says what was being done, to which object, what was expected and found, and what to do.
/// It is shown as it is; anything else that escapes is a defect of the toolchain.
/// </summary>
public sealed class ToolchainException(ErrorKind kind, string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>The kind of failure, which decides the exit code or status.</summary>
    public ErrorKind Kind { get; } = kind;
}
