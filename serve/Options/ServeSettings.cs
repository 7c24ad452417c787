using System.Globalization;
using Microsoft.AspNetCore.Http;
using Toolchain.Registry;

namespace Toolchain.Serve;

/// <summary>One thing that can be set: <c>--max-batch-size</c>, <c>Serve:MaxBatchSize</c> in appsettings.json, <c>Serve__MaxBatchSize</c> in the environment.</summary>
/// <param name="Key">Its key in the section <c>Serve</c>.</param>
/// <param name="Flag">Its option on the command line.</param>
/// <param name="HelpName">The value's form in the help.</param>
/// <param name="Description">One sentence for the help, with the default.</param>
/// <param name="Apply">Puts values into the options; throws a <see cref="ToolchainException"/> that says what is wrong with them.</param>
/// <param name="Repeats">Whether it may be given several times.</param>
internal sealed record ServeSetting(
    string Key, string Flag, string HelpName, string Description, Func<ServeOptions, IReadOnlyList<string>, ServeOptions> Apply, bool Repeats = false);

/// <summary>The one table of settings; the command line, the configuration, the help and the validation come from it.</summary>
internal static class ServeSettings
{
    /// <summary>The section of the configuration.</summary>
    public const string Section = "Serve";

    /// <summary>All settings.</summary>
    public static IReadOnlyList<ServeSetting> All { get; } =
    [
        new("Urls", "--urls", "URL", "Where to listen; port 0 takes a free one (default: http://127.0.0.1:8080).", static (o, v) => o with { Urls = [.. v.SelectMany(Addresses)] }, Repeats: true),
        new("Model", "--model", "REF", "A model to serve: name, name:3 or name@alias (default: the highest exported version of every model, and those that aliases mean).", static (o, v) => o with { Model = [.. v.Select(ModelReference.Parse)] }, Repeats: true),
        new("Models", "--models", "DIR", "The folder of the model registry (default: models).", static (o, v) => o with { Models = Text(v) }),
        new("Device", "--device", "auto|cpu|cuda[:N]", "Where to compute: auto, the default, takes CUDA when the engine and a GPU are there.", static (o, v) => o with { Device = DeviceSpec.Parse(v[0]) }),
        new("Threads", "--threads", "N", "Computing threads of one run (default: what --tune finds, otherwise the thread budget by the instances).", static (o, v) => o with { Threads = (int)Whole(v, 1, 1024) }),
        new("DecodeThreads", "--decode-threads", "N", "Threads for what takes long: decoding images, long JSON, masks, compressed bodies (default: one per processor).", static (o, v) => o with { DecodeThreads = (int)Whole(v, 1, 1024) }),
        new("MaxBatchSize", "--max-batch-size", "N", "Most rows of a batch (default: 32, or fewer where --tune finds that more gain nothing).", static (o, v) => o with { MaxBatchSize = (int)Whole(v, 1, 4096) }),
        new("MaxQueueDelay", "--max-queue-delay", "MS", "How long a batch waits for more rows although the session is free, in ms (default: 0).", static (o, v) => o with { MaxQueueDelay = Milliseconds(v, 0, 10_000) }),
        new("MaxQueueSize", "--max-queue-size", "N", "Most requests that wait for one model; more get 503 (default: 256).", static (o, v) => o with { MaxQueueSize = (int)Whole(v, 1, 1 << 20) }),
        new("MaxQueueBytes", "--max-queue-bytes", "BYTES", "Most bytes of request bodies in memory; more get 503 (default: 268435456).", static (o, v) => o with { MaxQueueBytes = Whole(v, 1, 1L << 40) }),
        new("QueueTimeout", "--queue-timeout", "MS", "How long a request may wait in the queue, in ms, before it gets 503 (default: as long as it takes).", static (o, v) => o with { QueueTimeout = Milliseconds(v, 1, 3_600_000) }),
        new("MaxBodyBytes", "--max-body-bytes", "BYTES", "Most bytes of a request body; more get 413 (default: 67108864).", static (o, v) => o with { MaxBodyBytes = Whole(v, 1, int.MaxValue) }),
        new("MaxPixels", "--max-pixels", "N", "Most pixels of an image that is sent; more get 400 (default: 50000000).", static (o, v) => o with { MaxPixels = Whole(v, 1, int.MaxValue) }),
        new("DrainTimeout", "--drain-timeout", "SECONDS", "How long accepted requests may take to finish when the server stops (default: 30).", static (o, v) => o with { DrainTimeout = Seconds(v, 0, 86_400) }),
        new("Watch", "--watch", "on|off", "Whether a moved alias or a new version takes its place without a restart (default: on).", static (o, v) => o with { Watch = Choice(v, "off", "on") == 1 }),
        new("PollInterval", "--poll-interval", "SECONDS", "How often the registry is looked at while it is watched, besides when the system says that it changed (default: 5).", static (o, v) => o with { PollInterval = Seconds(v, 0.05m, 86_400) }),
        new("ModelControl", "--model-control", "none|explicit", "Whether clients may load and unload models: explicit lets them (default: none).", static (o, v) => o with { ModelControl = Choice(v, "none", "explicit") == 1 }),
        new("LeaveDelay", "--leave-delay", "SECONDS", "How long requests are still accepted after readiness fails, when the server stops (default: 0).", static (o, v) => o with { LeaveDelay = Seconds(v, 0, 3600) }),
        new("Instances", "--instances", "N", "Batches of one model that run at the same time (default: what --tune finds, otherwise 1).", static (o, v) => o with { Instances = (int)Whole(v, 1, 256) }),
        new("ThreadBudget", "--thread-budget", "N", "Computing threads of all models together (default: one per physical core).", static (o, v) => o with { ThreadBudget = (int)Whole(v, 1, 1024) }),
        new("Tune", "--tune", "auto|off", "Whether each model is measured when it is loaded, in at most about 2 s, to find instances, threads and batch size as far as they are not set (default: auto).", static (o, v) => o with { Tune = Choice(v, "off", "auto") == 1 }),
        new("PreferredBatchSize", "--preferred-batch-size", "N", "A size that a batch has if it can (default: any).", static (o, v) => o with { PreferredBatchSize = [.. v.Select(static one => (int)Whole([one], 1, 4096)).Distinct().Order()] }, Repeats: true),
        new("Slo", "--slo", "MS", "The latency to aim at, from arrival to outputs, in ms: requests that cannot make it get 503, and batches grow within it (default: none).", static (o, v) => o with { Slo = Milliseconds(v, 1, 3_600_000) }),
        new("RunTimeout", "--run-timeout", "SECONDS", "How long a run may take before its model is given up as unavailable; 0 for as long as it takes (default: 60).", static (o, v) => o with { RunTimeout = Seconds(v, 0, 86_400) is var limit && limit > TimeSpan.Zero ? limit : Timeout.InfiniteTimeSpan }),
        new("GrpcUrl", "--grpc-url", "URL", "Where to listen for gRPC (HTTP/2 without TLS), for example http://127.0.0.1:8001; port 0 takes a free one (default: nowhere).", static (o, v) => o with { GrpcUrl = Address(v) }),
    ];

    /// <summary>Reads the section <c>Serve</c>, over which the command line was laid.</summary>
    /// <exception cref="ToolchainException">Values are wrong or keys unknown; the message lists every problem (<see cref="ErrorKind.Usage"/>).</exception>
    public static ServeOptions Read(IConfiguration configuration)
    {
        var section = configuration.GetSection(Section);
        var problems = section.GetChildren()
            .Where(static child => !All.Any(s => s.Key.Equals(child.Key, StringComparison.OrdinalIgnoreCase)))
            .Select(static child => $"{child.Path} is not a setting. There are: {string.Join(", ", All.Select(static s => s.Key))}.")
            .ToList();
        var options = new ServeOptions();
        foreach (var setting in All)
        {
            try
            {
                if (Values(section.GetSection(setting.Key)) is { Count: > 0 } values)
                {
                    options = setting.Apply(options, values);
                }
            }
            catch (ToolchainException problem)
            {
                problems.Add($"{Section}:{setting.Key} ({setting.Flag}): {problem.Message}");
            }
        }

        if (options.PreferredBatchSize is [.., var largest] && largest > options.MaxBatchSize)
        {
            problems.Add(string.Create(CultureInfo.InvariantCulture, $"{Section}:PreferredBatchSize (--preferred-batch-size): '{largest}' cannot be used. A batch has at most {options.MaxBatchSize} rows (--max-batch-size)."));
        }

        return problems.Count == 0 ? options : throw new ToolchainException(
            ErrorKind.Usage, $"The server cannot start with these settings:{string.Concat(problems.Select(static p => $"{Environment.NewLine}  {p}"))}");
    }

    // A list is Key:0, Key:1 …; one value is the key itself.
    private static List<string> Values(IConfigurationSection section) => section.GetChildren().ToList() is { Count: > 0 } list
        ? [.. list.Select(static child => child.Value ?? "")]
        : section.Value is { } value ? [value] : [];

    private static string Text(IReadOnlyList<string> values) => values[0].Length > 0 ? values[0] : throw Wrong(values, "Expected a folder.");

    private static string Address(IReadOnlyList<string> values) => Addresses(values[0]).ToList() is [var only] ? only : throw Wrong(values, "Expected one address such as http://127.0.0.1:8001.");

    private static IEnumerable<string> Addresses(string value) => value.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(static url =>
    {
        try
        {
            return BindingAddress.Parse(url) switch
            {
                { Scheme: not "http" } => throw Wrong([url], "Only http is served; put a proxy that has the certificate in front."),
                { PathBase.Length: > 0 } => throw Wrong([url], "It must not have a path."),
                { Host: "localhost", Port: 0 } => throw Wrong([url], "A free port cannot be found for both addresses of localhost. Write http://127.0.0.1:0."),
                { Port: < 0 or > 65535 } => throw Wrong([url], "Ports are 0 to 65535."),
                _ => url,
            };
        }
        catch (FormatException)
        {
            throw Wrong([url], "Expected an address such as http://127.0.0.1:8080.");
        }
    });

    private static long Whole(IReadOnlyList<string> values, long least, long most) =>
        long.TryParse(values[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw Wrong(values, $"Expected a whole number from {least} to {most}.");

    private static decimal Number(IReadOnlyList<string> values, decimal least, decimal most) =>
        decimal.TryParse(values[0], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw Wrong(values, $"Expected a number from {least} to {most}.");

    private static TimeSpan Seconds(IReadOnlyList<string> values, decimal least, decimal most) => TimeSpan.FromSeconds((double)Number(values, least, most));

    private static int Choice(IReadOnlyList<string> values, params ReadOnlySpan<string> words) =>
        words.IndexOf(values[0]) is >= 0 and var place ? place : throw Wrong(values, $"Expected {string.Join(" or ", words!)}.");

    private static TimeSpan Milliseconds(IReadOnlyList<string> values, decimal least, decimal most) => TimeSpan.FromMilliseconds((double)Number(values, least, most));

    private static ToolchainException Wrong(IReadOnlyList<string> values, string expected) => new(ErrorKind.Usage, $"'{values[0]}' cannot be used. {expected}");
}
