namespace Toolchain.Data;

/// <summary>Writes one sample of a data set, changed by the augmentation, into a place of a batch. Safe to use from many threads at once.</summary>
internal sealed class SampleWriter(Dataset dataset, AugmentationPlan? augmentation)
{
    /// <summary>Writes inputs and targets.</summary>
    /// <param name="buffers">The batch's memory.</param>
    /// <param name="place">The sample's place in the batch.</param>
    /// <param name="sample">The sample's index in the data set.</param>
    /// <param name="epoch">The epoch.</param>
    public void Write(BatchBuffers buffers, int place, int sample, int epoch)
    {
        if (dataset.Targets is MaskTargets masks)
            masks.Mask(sample).CopyTo(buffers.Mask);
        WriteInputs(buffers, place, sample, epoch);
        WriteTargets(buffers, place, sample);
    }

    private void WriteInputs(BatchBuffers buffers, int place, int sample, int epoch)
    {
        var length = dataset.Inputs.SampleLength;
        switch (dataset.Inputs)
        {
            case ImageInputs images:
                var pixels = buffers.Pixels.AsSpan(place * length, length);
                images.Read(sample, pixels);
                augmentation?.Apply(pixels, buffers.Mask, buffers.Scratch, epoch, sample);
                break;
            case TableInputs table:
                var row = buffers.Numbers.AsSpan(place * length, length);
                table.Row(sample).CopyTo(row);
                augmentation?.Apply(row, epoch, sample);
                break;
            default:
                throw new InvalidOperationException($"Unknown inputs {dataset.Inputs.GetType().Name}.");
        }
    }

    private void WriteTargets(BatchBuffers buffers, int place, int sample)
    {
        switch (dataset.Targets)
        {
            case ClassTargets classes:
                buffers.Labels![place] = classes.Labels[sample];
                break;
            case ValueTargets values:
                values.Row(sample).CopyTo(buffers.Values.AsSpan(place * values.Names.Length));
                break;
            case MaskTargets masks:
                var labels = buffers.Labels.AsSpan(place * masks.MaskLength, masks.MaskLength);
                for (var pixel = 0; pixel < labels.Length; pixel++)
                    labels[pixel] = buffers.Mask[pixel];
                break;
            default:
                throw new InvalidOperationException($"Unknown targets {dataset.Targets.GetType().Name}.");
        }
    }
}
