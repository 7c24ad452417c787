using System.Runtime.InteropServices;

namespace Toolchain.Serve.Cli;

/// <summary>Ctrl-C and SIGTERM. The first one asks the server to finish what it accepted; a second one ends the process at once.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration _interrupt;
    private readonly PosixSignalRegistration _terminate;

    /// <summary>Listens for both signals.</summary>
    public StopSignals()
    {
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _stop.Token;

    /// <summary>Whether it was SIGTERM, an orderly end, rather than Ctrl-C.</summary>
    public bool Terminated { get; private set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        _interrupt.Dispose();
        _terminate.Dispose();
        _stop.Dispose();
    }

    private void Stop(PosixSignalContext signal)
    {
        signal.Cancel = !_stop.IsCancellationRequested;
        if (signal.Cancel)
        {
            Terminated = signal.Signal == PosixSignal.SIGTERM;
            _stop.Cancel();
        }
    }
}
