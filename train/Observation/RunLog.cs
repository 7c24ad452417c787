using System.Text.Json;

namespace Toolchain.Train.Observation;

/// <summary>A run's log, as far as it has been written: of a run that is over, is still going, or was killed.</summary>
/// <param name="Lines">The lines in order; without those about steps that a resumed run has repeated.</param>
internal sealed record RunLog(IReadOnlyList<RunLogLine> Lines)
{
    /// <summary>How the run began.</summary>
    public StartLine Start => Of<StartLine>().First();

    /// <summary>The training's course in steps.</summary>
    public IEnumerable<StepLine> Steps => Of<StepLine>();

    /// <summary>The epochs.</summary>
    public IEnumerable<EpochLine> Epochs => Of<EpochLine>();

    /// <summary>What was measured on the validation split.</summary>
    public IEnumerable<ValidationLine> Validations => Of<ValidationLine>();

    /// <summary>The signs of trouble that were seen.</summary>
    public IEnumerable<FindingLine> Findings => Of<FindingLine>();

    /// <summary>How it ended; null when it is still going or was killed.</summary>
    public EndLine? End => Lines[^1] as EndLine;

    /// <summary>Reads a log. The file may be written to at the same time; a last line that is not whole is left out, and so are lines of unknown kinds.</summary>
    /// <param name="path"><c>log.jsonl</c>.</param>
    /// <exception cref="ToolchainException">The file is missing (<see cref="ErrorKind.NotFound"/>), or is no run's log (<see cref="ErrorKind.BadInput"/>).</exception>
    public static RunLog Read(string path)
    {
        var lines = new List<RunLogLine>();
        var texts = Texts(path);
        for (var number = 1; number <= texts.Length; number++)
        {
            if (Parse(texts[number - 1], path, number) is { } line)
            {
                Add(lines, line);
            }
        }

        return lines is [StartLine, ..]
            ? new(lines)
            : throw new ToolchainException(ErrorKind.BadInput, $"'{path}' is no run's log: it does not begin with a line of kind \"start\".");
    }

    private static string[] Texts(string path)
    {
        try
        {
            using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));

            // Behind the last line feed there is nothing, or a line that is not whole.
            return reader.ReadToEnd().Split('\n')[..^1];
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ToolchainException(ErrorKind.NotFound, $"There is no log '{path}'. Give the folder of a run, as 'train run' names it at its end.", missing);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ToolchainException(ErrorKind.Unavailable, $"Cannot read '{path}': {failure.Message}", failure);
        }
    }

    private static RunLogLine? Parse(string text, string path, int number)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            return RunLogFormat.Kinds.ContainsKey(json.RootElement.GetProperty(RunLogFormat.Kind).GetString()!)
                ? json.Deserialize<RunLogLine>(RunLogFormat.Json)
                : null;
        }
        catch (Exception damage) when (damage is JsonException or KeyNotFoundException or InvalidOperationException or ArgumentNullException)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"'{path}', line {number}: expected a line of a run's log, found '{(text.Length > 60 ? text[..60] + "…" : text)}'. {damage.Message}", damage);
        }
    }

    private static void Add(List<RunLogLine> lines, RunLogLine line)
    {
        if (line is ResumeLine resume)
        {
            lines.RemoveAll(earlier => earlier switch
            {
                StepLine step => step.Step > resume.Steps,
                ValidationLine validation => validation.Epoch > resume.Epochs,
                EpochLine epoch => epoch.Epoch > resume.Epochs,
                CheckpointLine checkpoint => checkpoint.Steps > resume.Steps,
                FindingLine finding => finding.Epoch > resume.Epochs,
                EndLine => true,
                _ => false,
            });
        }

        lines.Add(line);
    }

    private IEnumerable<T> Of<T>() where T : RunLogLine => Lines.OfType<T>();
}
