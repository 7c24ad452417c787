using System.CommandLine;
using System.Text.Json.Nodes;
using Toolchain.Registry.Cli;
using Toolchain.Registry.Tests.Support;

namespace Toolchain.Registry.Tests.Cli;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData(ErrorKind.CheckFailed, 1)]
    [InlineData(ErrorKind.Usage, 2)]
    [InlineData(ErrorKind.BadInput, 3)]
    [InlineData(ErrorKind.NotFound, 3)]
    [InlineData(ErrorKind.Mismatch, 4)]
    [InlineData(ErrorKind.Unavailable, 1)]
    public async Task A_failure_is_one_line_and_its_exit_code(ErrorKind kind, int exitCode)
    {
        var run = await Run(_ => throw new ToolchainException(kind, "It did not work."), "do");
        Assert.Equal((exitCode, "", "tool: It did not work.\n"), ((int)run.ExitCode, run.Output, run.Error));
    }

    [Fact]
    public void Every_kind_of_failure_has_an_exit_code()
        => Assert.All(Enum.GetValues<ErrorKind>(), kind => Assert.NotEqual(ExitCode.Ok, ExitCodes.Of(kind)));

    [Fact]
    public async Task What_the_system_refuses_is_no_defect()
    {
        var run = await Run(_ => throw new IOException("Failed to bind to address http://127.0.0.1:80: address already in use."), "do");
        Assert.Equal((ExitCode.CheckFailed, "tool: Failed to bind to address http://127.0.0.1:80: address already in use.\n"), (run.ExitCode, run.Error));
    }

    [Fact]
    public async Task A_defect_says_that_it_is_one_and_shows_its_trace_only_on_request()
    {
        static ExitCode Break(CommandContext context) => throw new InvalidOperationException("The queue is empty.");
        var run = await Run(Break, "do");
        Assert.Equal(ExitCode.CheckFailed, run.ExitCode);
        Assert.Equal("tool: this is a defect of the toolchain: InvalidOperationException: The queue is empty.\nPlease report it; TOOLCHAIN_TRACE=1 shows where it happened.\n", run.Error);
        Assert.Contains("   at ", (await CommandRun.Of(Program(Break), ["do"], showTrace: true)).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelling_ends_with_130()
    {
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        var run = await CommandRun.Of(Program(_ => throw new OperationCanceledException(stop.Token)), ["do"], cancellationToken: stop.Token);
        Assert.Equal((ExitCode.Cancelled, "tool: stopped.\n"), (run.ExitCode, run.Error));
    }

    [Fact]
    public async Task A_cancellation_that_nobody_asked_for_is_a_defect()
        => Assert.Contains("defect", (await Run(_ => throw new TaskCanceledException(), "do")).Error, StringComparison.Ordinal);

    [Theory]
    [InlineData("tool: 'tool do' has no option '--sed'. Did you mean '--seed'?\nRun 'tool do --help' for what it takes.\n", "do", "--sed", "3")]
    [InlineData("tool: 'tool do' has no option '--jsno'. Did you mean '--json'?\nRun 'tool do --help' for what it takes.\n", "do", "--jsno")]
    [InlineData("tool: 'tool do' does not take 'extra'.\nRun 'tool do --help' for what it takes.\n", "do", "extra")]
    [InlineData("tool: 'tool' does not take 'dp'. Did you mean 'do'?\nRun 'tool --help' for what it takes.\n", "dp")]
    [InlineData("tool: 'tool models' does not take 'lst'. Did you mean 'list'?\nRun 'tool models --help' for what it takes.\n", "models", "lst")]
    [InlineData("tool: a command is missing. There are: do, models.\nRun 'tool --help' for what it takes.\n")]
    [InlineData("tool: a command is missing. There are: list, show, alias, verify, remove, gc.\nRun 'tool models --help' for what it takes.\n", "models")]
    [InlineData("tool: Device 'gpu' is not known. Expected auto, cpu, cuda or cuda:N, for example --device cuda:0.\nRun 'tool do --help' for what it takes.\n", "do", "--device", "gpu")]
    [InlineData("tool: --threads is 0; at least 1 is needed.\nRun 'tool do --help' for what it takes.\n", "do", "--threads", "0")]
    [InlineData("tool: Required argument missing for option: '--seed'.\nRun 'tool do --help' for what it takes.\n", "do", "--seed")]
    public async Task A_mistake_on_the_command_line_is_answered_with_what_was_probably_meant(string error, params string[] args)
    {
        var run = await Run(_ => ExitCode.Ok, args);
        Assert.Equal((ExitCode.Usage, "", error), (run.ExitCode, run.Output, run.Error));
    }

    [Fact]
    public async Task Common_options_have_their_documented_defaults_and_read_what_is_written()
    {
        Assert.Equal("models auto 0 - False\n", (await Run(Print, "do")).Output);
        Assert.Equal("elsewhere cuda:1 -5 3 True\n", (await Run(Print, "do", "--models", "elsewhere", "--device", "cuda:1", "--seed=-5", "--threads", "3")).Output);

        static ExitCode Print(CommandContext context)
        {
            var command = DoCommand.Current;
            context.Console.Line($"{context.Registry(command.Models).Root} {context.Get(command.Device)} {context.Get(command.Seed)} {context.Get(command.Threads)?.ToString() ?? "-"} {context.WasGiven(command.Seed)}");
            return ExitCode.Ok;
        }
    }

    [Fact]
    public async Task Human_output_is_text_as_it_is_and_never_wrapped_by_markup()
    {
        var run = await Run(context =>
        {
            context.Console.Line("[bold]100 %[/] of [N, 3]");
            return ExitCode.Ok;
        }, "do");
        Assert.Equal("[bold]100 %[/] of [N, 3]\n", run.Output);
    }

    [Fact]
    public async Task The_result_is_the_only_line_of_standard_output_with_json_and_absent_without()
    {
        static ExitCode Work(CommandContext context)
        {
            context.Console.Line("working");
            context.Console.Result(new JsonObject { ["label"] = "Größe <1>", ["accuracy"] = 0.5 });
            return ExitCode.Ok;
        }

        var plain = await Run(Work, "do");
        Assert.Equal(("working\n", ""), (plain.Output, plain.Error));
        var json = await Run(Work, "do", "--json");
        Assert.Equal(("{\"label\":\"Größe <1>\",\"accuracy\":0.5}\n", "working\n"), (json.Output, json.Error));
    }

    [Fact]
    public async Task A_command_has_one_result()
        => Assert.Contains("one result", (await Run(context =>
        {
            context.Console.Result(new JsonObject());
            context.Console.Result(new JsonObject());
            return ExitCode.Ok;
        }, "do")).Error, StringComparison.Ordinal);

    [Fact]
    public async Task A_program_may_do_its_work_without_a_word_and_have_commands_besides()
    {
        static DoCommand Serve() => new(context =>
        {
            context.Console.Line("served");
            return ExitCode.Ok;
        })
        {
            new ModelsCommand(),
        };

        Assert.Equal("served\n", (await CommandRun.Of(Serve(), [])).Output);
        Assert.Equal("served\n", (await CommandRun.Of(Serve(), ["--json"])).Error);
        Assert.Contains("'do' does not take 'modles'. Did you mean 'models'?", (await CommandRun.Of(Serve(), ["modles"])).Error, StringComparison.Ordinal);
        Assert.Contains("a command is missing", (await CommandRun.Of(Serve(), ["models"])).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_ends_with_examples() => Golden.Matches("help-command.txt", (await Run(_ => ExitCode.Ok, "do", "--help")).Output);

    [Fact]
    public async Task Help_of_a_group_shows_an_example_of_each_command() => Golden.Matches("help-group.txt", (await Run(_ => ExitCode.Ok, "models", "--help")).Output);

    [Fact]
    public async Task The_version_is_that_of_the_toolchain()
    {
        var run = await Run(_ => ExitCode.Ok, "--version");
        Assert.Equal(ExitCode.Ok, run.ExitCode);
        Assert.StartsWith($"tool {ToolSpec.Current.Version}", run.Output, StringComparison.Ordinal);
    }

    private static Task<CommandRun> Run(Func<CommandContext, ExitCode> work, params string[] args) => CommandRun.Of(Program(work), args);

    private static Command Program(Func<CommandContext, ExitCode> work) => new("tool", "A program.") { new DoCommand(work), new ModelsCommand() };

    private sealed class DoCommand : ToolCommand
    {
        private static readonly AsyncLocal<DoCommand> Running = new();
        private readonly Func<CommandContext, ExitCode> work;

        public DoCommand(Func<CommandContext, ExitCode> work)
            : base("do", "Does something.", "do --device cuda", "do --seed 3 --json")
        {
            this.work = work;
            Add(Models);
            Add(Device);
            Add(Seed);
            Add(Threads);
        }

        public static DoCommand Current => Running.Value!;

        public ModelsOption Models { get; } = new();

        public DeviceOption Device { get; } = new();

        public SeedOption Seed { get; } = new();

        public ThreadsOption Threads { get; } = new();

        protected override Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
        {
            Running.Value = this;
            return Task.FromResult(work(context));
        }
    }
}
