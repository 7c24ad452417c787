namespace Toolchain.Train.Optimization;

/// <summary>The schedules by the names that <c>--schedule</c> takes.</summary>
public enum ScheduleKind
{
    /// <summary>One cycle over the whole run.</summary>
    OneCycle,

    /// <summary>The same rate throughout.</summary>
    Constant,

    /// <summary>A decay every few epochs.</summary>
    Step,

    /// <summary>A decay after certain epochs.</summary>
    MultiStep,

    /// <summary>A decay after every epoch.</summary>
    Exponential,

    /// <summary>Half a cosine over the whole run.</summary>
    Cosine,

    /// <summary>Half a cosine, again and again.</summary>
    CosineRestarts,

    /// <summary>A power of the share of the run that is left.</summary>
    Polynomial,

    /// <summary>A decay when the validation loss no longer improves.</summary>
    Plateau,
}

/// <summary>The words for schedules.</summary>
public static class ScheduleKinds
{
    /// <summary>The word that options and manifests use.</summary>
    public static string Text(this ScheduleKind kind) => kind switch
    {
        ScheduleKind.OneCycle => "one-cycle",
        ScheduleKind.Constant => "constant",
        ScheduleKind.Step => "step",
        ScheduleKind.MultiStep => "multi-step",
        ScheduleKind.Exponential => "exponential",
        ScheduleKind.Cosine => "cosine",
        ScheduleKind.CosineRestarts => "cosine-restarts",
        ScheduleKind.Polynomial => "polynomial",
        ScheduleKind.Plateau => "plateau",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Unknown schedule."),
    };
}
