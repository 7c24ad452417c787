namespace Toolchain.Train.Evaluation;

/// <summary>What came of an evaluation.</summary>
/// <param name="Report">The classifier's, or the ensemble's.</param>
/// <param name="Members">The members of an ensemble, in order; empty for one classifier.</param>
/// <param name="Disagreement">The mean mutual information between the members' predictions, in nats; null for one classifier.</param>
/// <param name="Mistakes">The worst mistakes, the highest loss first; as many as were asked for, or as there are.</param>
public sealed record EvaluationReport(ClassificationReport Report, EquatableArray<MemberReport> Members, double? Disagreement, EquatableArray<Mistake> Mistakes);

/// <summary>A member of an ensemble on its own.</summary>
/// <param name="Name">The member.</param>
/// <param name="Report">Its predictions alone.</param>
public sealed record MemberReport(string Name, ClassificationReport Report);

/// <summary>A wrongly classified image.</summary>
/// <param name="Index">Its index in the data set.</param>
/// <param name="TrueClass">The class that it has.</param>
/// <param name="PredictedClass">The class that was most probable.</param>
/// <param name="Probability">The probability of the predicted class, 0..1.</param>
/// <param name="Loss">−log of the true class's probability, in nats; infinite where the prediction is no number.</param>
public sealed record Mistake(int Index, int TrueClass, int PredictedClass, double Probability, double Loss);
