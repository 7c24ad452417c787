namespace Toolchain.Train.Observation;

/// <summary>Several observers as one: each call goes to all of them in order. Disposing closes them all.</summary>
internal sealed class RunObservers(params RunObserver[] observers) : RunObserver
{
    /// <summary>The signs of trouble that were found.</summary>
    public IReadOnlyList<Finding> Findings => [.. observers.OfType<Diagnosis>().SelectMany(static d => d.Findings)];

    /// <inheritdoc/>
    public override void RunStarted(RunStart start)
    {
        foreach (var observer in observers)
        {
            observer.RunStarted(start);
        }
    }

    /// <inheritdoc/>
    public override void EpochStarted(EpochStart epoch)
    {
        foreach (var observer in observers)
        {
            observer.EpochStarted(epoch);
        }
    }

    /// <inheritdoc/>
    public override bool WantsGradients(long step, bool isLastOfEpoch)
    {
        foreach (var observer in observers)
        {
            if (observer.WantsGradients(step, isLastOfEpoch))
            {
                return true;
            }
        }

        return false;
    }

    /// <inheritdoc/>
    public override void GradientsReady(long step)
    {
        foreach (var observer in observers)
        {
            observer.GradientsReady(step);
        }
    }

    /// <inheritdoc/>
    public override void StepEnded(in StepReport step)
    {
        foreach (var observer in observers)
        {
            observer.StepEnded(step);
        }
    }

    /// <inheritdoc/>
    public override void ValidationStarted(int epoch)
    {
        foreach (var observer in observers)
        {
            observer.ValidationStarted(epoch);
        }
    }

    /// <inheritdoc/>
    public override void EpochEnded(EpochEnd epoch)
    {
        foreach (var observer in observers)
        {
            observer.EpochEnded(epoch);
        }
    }

    /// <inheritdoc/>
    public override void CheckpointWritten(CheckpointReport checkpoint)
    {
        foreach (var observer in observers)
        {
            observer.CheckpointWritten(checkpoint);
        }
    }

    /// <inheritdoc/>
    public override void Found(Finding finding)
    {
        foreach (var observer in observers)
        {
            observer.Found(finding);
        }
    }

    /// <inheritdoc/>
    public override void RunEnded(RunEnd end)
    {
        foreach (var observer in observers)
        {
            observer.RunEnded(end);
        }
    }

    /// <summary>Says why a run has failed or was stopped, as far as that can still be written: the failure itself matters more.</summary>
    public void RunFailed(Exception failure)
    {
        try
        {
            RunEnded(new(failure is OperationCanceledException ? RunOutcome.Stopped : RunOutcome.Failed, failure.Message));
        }
        catch (ToolchainException second) when (second.Kind == ErrorKind.Unavailable)
        {
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        foreach (var observer in observers)
        {
            observer.Dispose();
        }

        base.Dispose();
    }
}
