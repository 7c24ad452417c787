using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Extensions.Logging;
using Toolchain.Serve.Features;

namespace Toolchain.Serve.Tests.Metrics;

/// <summary>The document about what can be observed says what the code says. Run the tests with <c>GOLDEN=write</c> to write it anew.</summary>
public sealed class MetricsDocumentTests
{
    [Fact]
    public void The_committed_document_has_every_metric_and_every_event()
    {
        var document = Document();
        if (Environment.GetEnvironmentVariable("GOLDEN") == "write")
        {
            File.WriteAllText(Golden(), document);
        }

        Assert.Equal(File.ReadAllText(Golden()), document);
    }

    [Fact]
    public void Every_event_has_a_number_of_its_own() => Assert.Equal(Events().Count, Events().DistinctBy(static e => e.EventId).Count());

    private static string Document()
    {
        var text = new StringBuilder();
        text.Append(
            """
            # What a server shows of itself

            ## Metrics

            `GET /metrics` answers in Prometheus' text format 0.0.4. Names that begin with `nv_` are Triton's and mean what they mean there; those of versions have the labels `model` and `version`.

            | metric | type | what it is |
            | --- | --- | --- |

            """);
        foreach (var family in MetricsEndpoints.Families)
        {
            text.Append(CultureInfo.InvariantCulture, $"| `{family.Name}` | {family.Type.ToString().ToLowerInvariant()} | {family.Help} |\n");
        }

        text.Append(
            """

            ## Events

            The log goes to standard error; `Logging:LogLevel:Toolchain` in appsettings.json or `Logging__LogLevel__Toolchain` in the environment says from which level on (default: Warning).

            | number | level | message |
            | --- | --- | --- |

            """);
        foreach (var message in Events())
        {
            text.Append(CultureInfo.InvariantCulture, $"| {message.EventId} | {message.Level} | {message.Message} |\n");
        }

        return text.ToString();
    }

    private static List<LoggerMessageAttribute> Events() =>
        [.. typeof(ServeLog).GetMethods(BindingFlags.Static | BindingFlags.Public).Select(static m => m.GetCustomAttribute<LoggerMessageAttribute>()).OfType<LoggerMessageAttribute>().OrderBy(static e => e.EventId)];

    private static string Golden([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "serve", "metrics.md"));
}
