namespace Toolchain.Train.Observation.Signs;

/// <summary>Training and validation diverge: the training loss still falls while the validation loss has long been rising (notes: train/test/valid dataset separation).</summary>
internal static class Overfitting
{
    private const int Epochs = 3;
    private const double Rise = 1.1;

    // Where the loss is next to nothing already, a tenth of it means nothing either.
    private const double ShareOfFirst = 0.01;

    /// <summary>The sign.</summary>
    public static Sign Sign { get; } = new("overfitting", "the validation loss rises while the training loss falls", Look);

    private static SignSeen? Look(RunCourse course)
    {
        var epochs = course.Epochs.Where(static e => e.Validation is not null).Select(static e => (e.Epoch, Train: e.Train.Loss, Validation: e.Validation!.Value.Loss)).ToArray();
        if (epochs.Length <= Epochs)
        {
            return null;
        }

        var (best, last) = (epochs.MinBy(static e => e.Validation), epochs[^1]);
        var bound = Math.Max(best.Validation * Rise, best.Validation + (ShareOfFirst * epochs[0].Validation));
        return last.Epoch - best.Epoch >= Epochs && epochs[^2].Validation > bound && last.Validation > bound && last.Train < best.Train
            ? new(
                FormattableString.Invariant($"Overfitting: since epoch {best.Epoch} the validation loss has risen from {best.Validation:g3} to {last.Validation:g3}, while the training loss fell from {best.Train:g3} to {last.Train:g3}. The network learns its training samples by heart."),
                "Stop earlier (--early-stop 3), take more samples or make some (--flip, --crop, --rotate, --mixup), hold the weights back (--weight-decay, --label-smoothing, dropout), or take a smaller network.")
            : null;
    }
}
