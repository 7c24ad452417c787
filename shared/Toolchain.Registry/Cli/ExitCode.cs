namespace Toolchain.Registry.Cli;

/// <summary>How the three programs end.</summary>
public enum ExitCode
{
    /// <summary>Done.</summary>
    Ok = 0,

    /// <summary>A check found a fault, the machine could not do it now, or the toolchain has a defect.</summary>
    CheckFailed = 1,

    /// <summary>The command line is wrong.</summary>
    Usage = 2,

    /// <summary>Something that was named is missing or damaged: a file, a data set, a model.</summary>
    BadInput = 3,

    /// <summary>Two computations that must agree do not.</summary>
    Mismatch = 4,

    /// <summary>Stopped by Ctrl-C or SIGTERM.</summary>
    Cancelled = 130,
}

/// <summary>The one mapping from failures to exit codes.</summary>
public static class ExitCodes
{
    /// <summary>The exit code of a kind of failure.</summary>
    public static ExitCode Of(ErrorKind kind) => kind switch
    {
        ErrorKind.CheckFailed => ExitCode.CheckFailed,
        ErrorKind.Usage => ExitCode.Usage,
        ErrorKind.BadInput => ExitCode.BadInput,
        ErrorKind.NotFound => ExitCode.BadInput,
        ErrorKind.Mismatch => ExitCode.Mismatch,
        ErrorKind.Unavailable => ExitCode.CheckFailed,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Unknown kind of failure."),
    };
}
