using CsvHelper;

namespace Toolchain.Data;

/// <summary>A CSV file as text.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Columns">The header's names, all different and none empty.</param>
/// <param name="Rows">A text per column, without spaces around it.</param>
/// <param name="Lines">The line of the file where each row begins, from 1.</param>
internal sealed record CsvTable(string Path, string[] Columns, List<string[]> Rows, List<long> Lines)
{
    private static readonly CsvReaderOptions Options = new() { TrackLineNumbers = true, TrimWhitespace = true };

    /// <summary>Reads a file with a header row (RFC 4180), fields separated by comma, semicolon, tab or bar, whichever the first lines show.</summary>
    /// <exception cref="ToolchainException">It is missing (<see cref="ErrorKind.NotFound"/>), or not such a file (<see cref="ErrorKind.BadInput"/>).</exception>
    public static CsvTable Read(string path)
    {
        if (!File.Exists(path))
            throw new ToolchainException(ErrorKind.NotFound, $"There is no file {path}. Name a CSV file with a header row.");

        var problems = new Problems($"Reading {path} failed");
        var options = Options with { OnMalformedRecord = record => problems.Add($"line {record.LineNumber}: {Reason(record.Reason)}") };
        try
        {
            using var reader = CsvReader.FromFile(path, options);
            string[] columns = [.. reader.Headers.Select(name => name.Trim())];
            CheckHeader(columns, problems);
            var table = new CsvTable(path, columns, [], []);
            while (reader.Read())
            {
                if (reader.FieldCount != columns.Length)
                    problems.Add($"line {reader.LineNumber}: {reader.FieldCount} fields, but the header has {columns.Length}");
                else
                    table.Add(reader);
            }

            problems.ThrowIfAny();
            return table;
        }
        catch (CsvFormatException e)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"Reading {path} failed: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"Reading {path} failed: {e.Message}", e);
        }
    }

    private void Add(CsvReader reader)
    {
        var row = new string[Columns.Length];
        for (var column = 0; column < row.Length; column++)
            row[column] = reader.GetString(column);
        Rows.Add(row);
        Lines.Add(reader.LineNumber);
    }

    private static void CheckHeader(string[] columns, Problems problems)
    {
        if (columns.Length > 0 && columns.All(name => Numbers.TryRead(name, out _)))
            problems.Add($"line 1: it must name the columns, but holds only numbers ({string.Join(", ", columns.Take(4))}, …)");
        for (var column = 0; column < columns.Length; column++)
        {
            if (columns[column].Length == 0)
                problems.Add($"line 1: column {column + 1} has no name");
            else if (Array.IndexOf(columns, columns[column]) < column)
                problems.Add($"line 1: two columns are named '{columns[column]}'");
        }
    }

    private static string Reason(CsvMalformedReason reason) => reason switch
    {
        CsvMalformedReason.StrayQuote => "a quote inside a field that does not begin with one",
        CsvMalformedReason.TextAfterClosingQuote => "text after a closing quote",
        CsvMalformedReason.UnterminatedQuote => "a quote that is never closed",
        CsvMalformedReason.LineBreakInQuotes => "a line break inside quotes",
        CsvMalformedReason.FieldCountMismatch => "another number of fields than the header",
        CsvMalformedReason.TrailingEscape => "an escape with nothing after it",
        _ => reason.ToString(),
    };
}
