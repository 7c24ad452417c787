using System.CommandLine;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using Toolchain.Registry.Cli;
using Toolchain.Serve.Models;

namespace Toolchain.Serve.Cli;

/// <summary><c>serve</c>: runs the server until a signal ends it.</summary>
[SuppressMessage("Design", "CA1010", Justification = "System.CommandLine's Command is enumerable only so that collection initialisers work.")]
internal sealed class ServeCommand : ToolCommand
{
    private readonly StopSignals _signals;
    private readonly Dictionary<ServeSetting, Option<string[]>> _options;

    /// <summary>The command, with one option for each setting.</summary>
    public ServeCommand(StopSignals signals)
        : base(
            "serve",
            "Serves exported models over HTTP and gRPC: Open Inference Protocol v2, and image classification. Every option can also stand in appsettings.json or in the environment (Serve__MaxBatchSize).",
            "serve --model fashion",
            "serve --model fashion@production --model digits:2 --urls http://0.0.0.0:8000 --grpc-url http://0.0.0.0:8001",
            "curl --data-binary @shoe.png -H 'Content-Type: image/png' 'http://127.0.0.1:8080/v1/models/fashion/classify?top=3'")
    {
        _signals = signals;
        _options = ServeSettings.All.ToDictionary(static s => s, OptionFor);
        foreach (var option in _options.Values)
        {
            Add(option);
        }

        Add(new ModelsCommand());
    }

    /// <inheritdoc/>
    protected override async Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var server = await ServeApplication.StartAsync(Given(context), cancellationToken).ConfigureAwait(false);
        await using (server.ConfigureAwait(false))
        {
            Announce(context.Console, server);
            await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await server.StopAsync().ConfigureAwait(false);
        }

        return _signals.Terminated ? ExitCode.Ok : ExitCode.Cancelled;
    }

    private static Option<string[]> OptionFor(ServeSetting setting)
    {
        var option = new Option<string[]>(setting.Flag) { Description = setting.Description, HelpName = setting.HelpName, Arity = ArgumentArity.OneOrMore };
        if (!setting.Repeats)
        {
            option.Validators.Add(result =>
            {
                if (result.Tokens.Count > 1)
                {
                    result.AddError($"{setting.Flag} is given {result.Tokens.Count} times; once is meant.");
                }
            });
        }

        return option;
    }

    private IEnumerable<KeyValuePair<string, string?>> Given(CommandContext context)
    {
        foreach (var (setting, option) in _options)
        {
            if (context.WasGiven(option))
            {
                var values = context.Get(option);
                var key = $"{ServeSettings.Section}:{setting.Key}";
                for (var i = 0; i < values.Length; i++)
                {
                    yield return new(setting.Repeats ? $"{key}:{i}" : key, values[i]);
                }
            }
        }
    }

    private static void Announce(CommandConsole console, ServeApplication server)
    {
        var models = server.Models.All.OfType<ServedModel>().ToList();
        models.ForEach(model => console.Line($"serving {model} on {model.Device}"));
        foreach (var url in server.Urls)
        {
            console.Line($"listening on {url}");
        }

        if (server.GrpcUrl is { } grpc)
        {
            console.Line($"grpc listening on {grpc}");
        }

        console.Result(new JsonObject
        {
            ["urls"] = new JsonArray([.. server.Urls.Select(static url => JsonValue.Create(url))]),
            ["grpc_url"] = server.GrpcUrl,
            ["models"] = new JsonArray([.. models.Select(static model => JsonValue.Create(model.ToString()))]),
        });
    }
}
