using static TorchSharp.torch;

namespace Toolchain.Train.Evaluation;

/// <summary>The meters of one evaluation: the whole, each member of an ensemble, and the worst mistakes.</summary>
internal sealed class EvaluationMeters(int members, EvaluationOptions options) : IDisposable
{
    private readonly ClassificationMeter _whole = new(options.TopK, options.Confusion);
    private readonly ClassificationMeter[] _members = [.. Enumerable.Range(0, members > 1 ? members : 0).Select(_ => new ClassificationMeter(options.TopK))];
    private readonly DeviceSum _disagreement = new();
    private readonly WorstMistakes _mistakes = new(options.WorstMistakes);

    /// <summary>Adds a batch of every member's log-probabilities.</summary>
    public void Add(IReadOnlyList<Tensor> logProbabilities, Tensor labels, ReadOnlySpan<int> indices)
    {
        var mean = ClassScores.Mean(logProbabilities);
        _whole.Add(mean, labels);
        _mistakes.Add(mean, labels, indices);
        if (_members.Length == 0)
        {
            return;
        }

        _disagreement.Add(ClassScores.Disagreement(logProbabilities, mean).sum());
        foreach (var (meter, member) in _members.Zip(logProbabilities))
        {
            meter.Add(member, labels);
        }
    }

    /// <summary>The results.</summary>
    public EvaluationReport Report(IReadOnlyList<string> names)
    {
        var whole = _whole.Report();
        return new(
            whole,
            _members.Zip(names, static (meter, name) => new MemberReport(name, meter.Report())).ToEquatableArray(),
            _members.Length == 0 ? null : _disagreement.Values[0] / whole.Images,
            _mistakes.Found());
    }

    public void Dispose()
    {
        _whole.Dispose();
        _disagreement.Dispose();
        foreach (var member in _members)
        {
            member.Dispose();
        }
    }
}
