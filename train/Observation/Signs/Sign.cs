namespace Toolchain.Train.Observation.Signs;

/// <summary>A sign of trouble that can be read off a run's figures.</summary>
/// <param name="Name">Its name in logs and results, in kebab case.</param>
/// <param name="Summary">What it means, in a few words.</param>
/// <param name="Look">Looks for it after an epoch; null when it is not there.</param>
internal sealed record Sign(string Name, string Summary, Func<RunCourse, SignSeen?> Look);

/// <summary>A sign as it was seen.</summary>
/// <param name="Message">What was measured, and what it means.</param>
/// <param name="Advice">What to try.</param>
internal sealed record SignSeen(string Message, string Advice);
