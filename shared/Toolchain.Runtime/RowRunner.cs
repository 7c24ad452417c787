using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Toolchain.Runtime;

/// <summary>
/// Runs a model on rows of a buffer, in place, one run at a time; runners of the same session and buffer may run at the same time, on rows of
/// their own. Views of rows that were run before are kept, so that a run in steady state makes none.
/// </summary>
/// <param name="session">The model; outlives the runner.</param>
/// <param name="buffer">The rows; outlives the runner.</param>
public sealed class RowRunner(ModelSession session, RowBuffer buffer) : IDisposable
{
    // Requests get the lowest rows that are free, so the same few ranges come again and again.
    private const int KeptViews = 256;

    private readonly RunOptions _options = Options();
    private readonly Dictionary<(int Row, int Count), Views> _views = [];

    /// <summary>Runs the model on rows that lie side by side. The rows belong to the run until it returns; then a GPU too has read the inputs and written the outputs.</summary>
    /// <param name="row">The first row.</param>
    /// <param name="count">The number of rows, at least 1.</param>
    /// <exception cref="ToolchainException">The run fails or is terminated (<see cref="ErrorKind.BadInput"/>); the inputs are as they were.</exception>
    public void Run(int row, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, buffer.Rows - row);
        if (!_views.TryGetValue((row, count), out var views))
        {
            views = Keep(row, count);
        }

        session.Run(_options, buffer.Inputs.Names, views.Inputs, buffer.Outputs.Names, views.Outputs);
    }

    /// <summary>Asks the run at hand to end at its next operator, and refuses all runs from now on. Safe to call from another thread.</summary>
    public void Terminate() => _options.Terminate = true;

    /// <inheritdoc/>
    public void Dispose()
    {
        Forget();
        _options.Dispose();
    }

    private static RunOptions Options()
    {
        // Why a run fails stands in what is thrown; requests must not be able to fill the log.
        var options = new RunOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };

        // Rows are read and given to others as soon as a run returns: it has to wait for the device.
        options.AddRunConfigEntry("disable_synchronize_execution_providers", "0");
        return options;
    }

    private Views Keep(int row, int count)
    {
        if (_views.Count == KeptViews)
        {
            Forget();
        }

        var views = new Views(buffer.Inputs.Views(row, count), buffer.Outputs.Views(row, count));
        _views.Add((row, count), views);
        return views;
    }

    private void Forget()
    {
        foreach (var views in _views.Values)
        {
            Array.ForEach(views.Inputs, static v => v.Dispose());
            Array.ForEach(views.Outputs, static v => v.Dispose());
        }

        _views.Clear();
    }

    /// <summary>The same rows of every input and of every output, as ONNX Runtime takes them.</summary>
    private sealed record Views(OrtValue[] Inputs, OrtValue[] Outputs);
}
