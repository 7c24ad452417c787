namespace Toolchain.Train.Observation;

/// <summary>
/// Watches one training run: the terminal, the log, and whatever else wants to see. The calls come from the training thread, one after the other, and the
/// training waits for them. What an observer does not override costs an empty call.
/// </summary>
internal abstract class RunObserver : IDisposable
{
    /// <summary>Before the first epoch.</summary>
    public virtual void RunStarted(RunStart start)
    {
    }

    /// <summary>Before an epoch's first step.</summary>
    public virtual void EpochStarted(EpochStart epoch)
    {
    }

    /// <summary>Whether <see cref="GradientsReady"/> is to be called in a step; asked in every step, so the answer must be quick.</summary>
    /// <param name="step">The step, from 1.</param>
    /// <param name="isLastOfEpoch">Whether the epoch ends with it.</param>
    public virtual bool WantsGradients(long step, bool isLastOfEpoch) => false;

    /// <summary>
    /// Before the optimiser's update of a step that <see cref="WantsGradients"/> chose: the parameters hold the step's gradients, unscaled and not clipped yet.
    /// </summary>
    /// <param name="step">The step, from 1.</param>
    public virtual void GradientsReady(long step)
    {
    }

    /// <summary>After the optimiser's update.</summary>
    public virtual void StepEnded(in StepReport step)
    {
    }

    /// <summary>After an epoch's last step, before the validation split is measured; not called where there is none.</summary>
    public virtual void ValidationStarted(int epoch)
    {
    }

    /// <summary>After the validation of an epoch.</summary>
    public virtual void EpochEnded(EpochEnd epoch)
    {
    }

    /// <summary>After a checkpoint has its final name.</summary>
    public virtual void CheckpointWritten(CheckpointReport checkpoint)
    {
    }

    /// <summary>When the run's figures show a known sign of trouble; once for each.</summary>
    public virtual void Found(Finding finding)
    {
    }

    /// <summary>When all is over, whatever the outcome; the weights may be gone.</summary>
    public virtual void RunEnded(RunEnd end)
    {
    }

    /// <summary>Closes what the observer has open.</summary>
    public virtual void Dispose()
    {
    }
}
