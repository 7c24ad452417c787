using System.CommandLine;
using Toolchain.Data;
using Toolchain.Registry.Cli;

namespace Toolchain.Train.Commands;

/// <summary>How the training samples of a data set are divided, beside <c>--validation</c>: <c>--folds</c> and <c>--fold</c>, or <c>--split</c>.</summary>
internal sealed class DivisionOptions
{
    private readonly Option<int?> _folds = new("--folds") { Description = "Divide the training samples into this many folds, of which --fold is kept for validation.", HelpName = "K" };
    private readonly Option<int?> _fold = new("--fold") { Description = "The fold that is kept for validation, from 1.", HelpName = "I" };
    private readonly Option<string?> _file = new("--split") { Description = "A CSV file that says what each sample is for (see: train data --write-split).", HelpName = "FILE" };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_folds);
        command.Add(_fold);
        command.Add(_file);
    }

    /// <summary>What was asked for; share and seed are for the caller to add.</summary>
    /// <param name="context">The command line.</param>
    /// <param name="shareGiven">Whether a share of validation samples was asked for, which then goes before what the data set itself names.</param>
    /// <exception cref="ToolchainException">Options have no effect beside each other (<see cref="ErrorKind.Usage"/>).</exception>
    public SplitPlan Read(CommandContext context, bool shareGiven)
    {
        var (folds, fold, file) = (context.Get(_folds), context.Get(_fold), context.Get(_file));
        (bool Wrong, string Problem)[] rules =
        [
            (folds is null != fold is null, "--folds and --fold belong together: the number of folds, and the one for validation"),
            (folds is < 2, "--folds must be at least 2"),
            (fold is < 1 || fold > folds, "--fold must be 1 to --folds"),
            (file is not null && folds is not null, "--split and --folds exclude each other"),
            (shareGiven && (file is not null || folds is not null), "--validation has no effect beside --split or --folds, which say what is for validation"),
        ];
        return rules.Where(static r => r.Wrong).Select(static r => r.Problem).ToArray() is { Length: > 0 } problems
            ? throw new ToolchainException(ErrorKind.Usage, $"{string.Join("; ", problems)}.")
            : new() { Folds = folds, Fold = fold, File = file, OwnFirst = !shareGiven };
    }
}
