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

    /// <summary>A version is served from now on.</summary>
    [LoggerMessage(1002, LogLevel.Information, "Model {Model} is served; loading took {Milliseconds} ms")]
    public static partial void ModelLoaded(this ILogger logger, string model, double milliseconds);

    /// <summary>A version is not served any more, and its memory was given back.</summary>
    [LoggerMessage(1003, LogLevel.Information, "Model {Model} is unloaded")]
    public static partial void ModelUnloaded(this ILogger logger, string model);

    /// <summary>A version is served although something is wrong with it.</summary>
    [LoggerMessage(1004, LogLevel.Warning, "Model {Model}: {Problem}")]
    public static partial void ModelNoted(this ILogger logger, string model, string problem);

    /// <summary>A reference means another version than before.</summary>
    [LoggerMessage(1005, LogLevel.Information, "'{Reference}' is answered by model {Model} from now on; before: {Former}")]
    public static partial void ModelSwapped(this ILogger logger, string reference, string model, string former);

    /// <summary>The registry could not be read.</summary>
    [LoggerMessage(1006, LogLevel.Warning, "The registry cannot be read; what is loaded stays as it is: {Problem}")]
    public static partial void RegistryUnreadable(this ILogger logger, string problem);

    /// <summary>The operating system does not tell of changes.</summary>
    [LoggerMessage(1007, LogLevel.Information, "The operating system does not tell of changes in '{Folder}', which is looked at every {Seconds} s instead: {Problem}")]
    public static partial void RegistryPolled(this ILogger logger, string folder, double seconds, string problem);

    /// <summary>Giving a version up failed.</summary>
    [LoggerMessage(1008, LogLevel.Error, "Model {Model} could not be unloaded")]
    public static partial void UnloadFailed(this ILogger logger, Exception defect, string model);

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
