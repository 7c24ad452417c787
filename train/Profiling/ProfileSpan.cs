namespace Toolchain.Train.Profiling;

/// <summary>What the time of a training step goes into.</summary>
internal enum ProfilePart
{
    /// <summary>A whole step, from the end of the one before to its own.</summary>
    Step,

    /// <summary>The training thread stands waiting for a batch.</summary>
    Wait,

    /// <summary>A batch is copied to the device and normalised.</summary>
    Load,

    /// <summary>The network's forward pass.</summary>
    Forward,

    /// <summary>The loss, and what is counted of its result.</summary>
    Loss,

    /// <summary>The gradients.</summary>
    Backward,

    /// <summary>With gradient checkpointing: what backward computes a second time.</summary>
    Recompute,

    /// <summary>Clipping, the optimiser, and averages of the weights.</summary>
    Optimizer,

    /// <summary>The validation split is measured.</summary>
    Validation,

    /// <summary>A background thread makes a batch.</summary>
    Prepare,
}

/// <summary>The words for parts.</summary>
internal static class ProfileParts
{
    /// <summary>What people read.</summary>
    public static string Text(this ProfilePart part) => part switch
    {
        ProfilePart.Step => "training steps",
        ProfilePart.Wait => "waiting for data",
        ProfilePart.Load => "to the device",
        ProfilePart.Forward => "forward",
        ProfilePart.Loss => "loss",
        ProfilePart.Backward => "backward",
        ProfilePart.Recompute => "computed again",
        ProfilePart.Optimizer => "optimiser",
        ProfilePart.Validation => "validation",
        ProfilePart.Prepare => "making batches",
        _ => throw new ArgumentOutOfRangeException(nameof(part), part, "Unknown part."),
    };
}

/// <summary>Some time that went into something.</summary>
/// <param name="Part">Into what.</param>
/// <param name="From">Its beginning, a timestamp of <see cref="System.Diagnostics.Stopwatch"/>.</param>
/// <param name="To">Its end.</param>
/// <param name="Work">Which piece of the part it was; null for the whole.</param>
/// <param name="Thread">The background thread; null for the training thread.</param>
internal readonly record struct ProfileSpan(ProfilePart Part, long From, long To, IProfiledWork? Work = null, string? Thread = null);

/// <summary>A piece of work whose time is measured by itself.</summary>
internal interface IProfiledWork
{
    /// <summary>Its place: a layer's path, such as <c>layer1.0.conv1</c>.</summary>
    string Place { get; }

    /// <summary>What is done there: an operator, or several joined by a plus sign.</summary>
    string Operation { get; }
}

/// <summary>Work that is no node of a graph.</summary>
internal sealed record NamedWork(string Place, string Operation) : IProfiledWork;
