using System.Runtime.InteropServices;

namespace Toolchain.Runtime;

/// <summary>
/// ONNX Runtime's reports of its use: by default its own builds gather them in a database under <c>~/.cache</c> and send them to their maker. What is run
/// and where is nobody else's business.
/// </summary>
internal static partial class RuntimeTelemetry
{
    private const string Variable = "ORT_DISABLE_TELEMETRY";

    /// <summary>Turns them off, unless the variable says something already; before anything else of ONNX Runtime is used.</summary>
    public static void TurnOff()
    {
        // .NET keeps an environment of its own on Unix, which native code does not see.
        if (OperatingSystem.IsWindows())
        {
            Environment.SetEnvironmentVariable(Variable, Environment.GetEnvironmentVariable(Variable) ?? "1");
        }
        else if (SetVariable(Variable, "1", overwrite: 0) != 0)
        {
            throw new InvalidOperationException($"setenv of {Variable} failed with error {Marshal.GetLastPInvokeError()}.");
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
