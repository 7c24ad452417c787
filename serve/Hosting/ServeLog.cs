namespace Toolchain.Serve;

/// <summary>Everything that the server logs, each with its number.</summary>
internal static partial class ServeLog
{
    /// <summary>A version is not served.</summary>
    [LoggerMessage(1001, LogLevel.Error, "Model {Model} is not served: {Problem}")]
    public static partial void ModelRefused(this ILogger logger, string model, string problem);

    /// <summary>A run failed.</summary>
    [LoggerMessage(2001, LogLevel.Error, "Model {Model} failed on {Rows} rows: {Failure}")]
    public static partial void RunFailed(this ILogger logger, string model, int rows, string failure);

    /// <summary>A batch ran.</summary>
    [LoggerMessage(2003, LogLevel.Debug, "Model {Model} ran {Rows} rows of {Requests} requests")]
    public static partial void BatchRan(this ILogger logger, string model, int rows, int requests);

    /// <summary>A defect; the client got 500 and this number.</summary>
    [LoggerMessage(2002, LogLevel.Error, "Request {Request} ({Method} {Path}) met a defect")]
    public static partial void Defect(this ILogger logger, Exception defect, string request, string method, string path);

    /// <summary>The time to finish was not enough.</summary>
    [LoggerMessage(3001, LogLevel.Warning, "{Requests} requests were not finished within {Seconds} s and are given up")]
    public static partial void DrainTimedOut(this ILogger logger, int requests, double seconds);
}
