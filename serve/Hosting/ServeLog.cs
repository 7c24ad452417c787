namespace Toolchain.Serve;

/// <summary>Everything that the server logs, each with its number.</summary>
internal static partial class ServeLog
{
    /// <summary>A version is not served.</summary>
    [LoggerMessage(1001, LogLevel.Error, "Model {Model} is not served: {Problem}")]
    public static partial void ModelRefused(this ILogger logger, string model, string problem);

    /// <summary>How a model runs on this machine.</summary>
    [LoggerMessage(1101, LogLevel.Information, "Model {Model} runs in {Plan}. {Reason}")]
    public static partial void InstancesChosen(this ILogger logger, string model, string plan, string reason);

    /// <summary>A run failed.</summary>
    [LoggerMessage(2001, LogLevel.Error, "Model {Model} failed on {Rows} rows: {Failure}")]
    public static partial void RunFailed(this ILogger logger, string model, int rows, string failure);

    /// <summary>A batch ran.</summary>
    [LoggerMessage(2003, LogLevel.Debug, "Model {Model} ran {Rows} rows of {Requests} requests")]
    public static partial void BatchRan(this ILogger logger, string model, int rows, int requests);

    /// <summary>A model is given up.</summary>
    [LoggerMessage(2101, LogLevel.Critical, "Model {Model} is unavailable. {Reason}")]
    public static partial void ModelUnavailable(this ILogger logger, string model, string reason);

    /// <summary>A defect; the client got 500 and this number.</summary>
    [LoggerMessage(2002, LogLevel.Error, "Request {Request} ({Method} {Path}) met a defect")]
    public static partial void Defect(this ILogger logger, Exception defect, string request, string method, string path);

    /// <summary>The time to finish was not enough.</summary>
    [LoggerMessage(3001, LogLevel.Warning, "{Requests} requests were not finished within {Seconds} s and are given up")]
    public static partial void DrainTimedOut(this ILogger logger, int requests, double seconds);
}
