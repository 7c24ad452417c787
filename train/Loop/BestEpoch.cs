using System.Globalization;
using Toolchain.Train.Loop.Checkpoints;

namespace Toolchain.Train.Loop;

/// <summary>Knows the epoch with the best validation result, the first of equals, and says when it is too long ago.</summary>
/// <param name="patience">Epochs without improvement that are borne; null for any number.</param>
internal sealed class BestEpoch(int? patience)
{
    private double? _merit;
    private int _last;

    /// <summary>The epoch, from 1; 0 before the first.</summary>
    public int Epoch { get; private set; }

    /// <summary>What it knows, for checkpoints.</summary>
    public BestEpochState State
    {
        get => new(Epoch, _merit, _last);
        set => (Epoch, _merit, _last) = value;
    }

    /// <summary>Whether the run should end.</summary>
    public bool IsOver => patience is { } epochs && _last - Epoch >= epochs;

    /// <summary>Why it should end; null when it should not.</summary>
    public string? Reason => IsOver
        ? string.Create(CultureInfo.InvariantCulture, $"no better validation result than that of epoch {Epoch} in {_last - Epoch} epochs")
        : null;

    /// <summary>Adds an epoch.</summary>
    /// <param name="epoch">From 1.</param>
    /// <param name="validation">Its validation result; null when it counts as better than all before.</param>
    /// <returns>Whether it is the best so far.</returns>
    public bool Add(int epoch, SplitScore? validation)
    {
        _last = epoch;
        if (validation is { } score && _merit is { } best && !(score.Merit > best))
        {
            return false;
        }

        (Epoch, _merit) = (epoch, validation is { Merit: var merit } && double.IsFinite(merit) ? merit : null);
        return true;
    }
}
