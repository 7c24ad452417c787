using System.Text;

namespace Toolchain.Registry.Cli;

/// <summary>What a program runs in: the process, or a test's writers and clock.</summary>
public sealed record CommandHost
{
    /// <summary>The process's streams and the system's clock.</summary>
    public static CommandHost Process { get; } = new()
    {
        Output = Console.IsOutputRedirected ? Plain(Console.OpenStandardOutput()) : Console.Out,
        Error = Console.IsErrorRedirected ? Plain(Console.OpenStandardError()) : Console.Error,
        Time = TimeProvider.System,
        ShowTrace = Environment.GetEnvironmentVariable("TOOLCHAIN_TRACE") == "1",
    };

    /// <summary>Standard output.</summary>
    public required TextWriter Output { get; init; }

    /// <summary>Standard error.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>Columns of human output; null for the terminal's width, and no limit where there is no terminal.</summary>
    public int? Width { get; init; }

    /// <summary>Whether a defect shows its stack trace; false by default, <c>TOOLCHAIN_TRACE=1</c> in a process.</summary>
    public bool ShowTrace { get; init; }

    // The console's own writers look for a terminal and learn its keys first, which costs a start more than what is written.
    private static TextWriter Plain(Stream stream) => TextWriter.Synchronized(new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true });
}
