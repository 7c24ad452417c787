namespace Toolchain.Serve.Batching;

/// <summary>
/// What a run costs: <c>latency = a·n + b</c> of n rows, fitted by least squares over the runs seen so far, of which older ones count less and
/// less. Not for use from several threads.
/// </summary>
internal sealed class LatencyModel
{
    // A run counts half after 34 others: soon enough for a machine that becomes busier, late enough for an outlier not to matter.
    private const double Forgetting = 0.98;

    // Below this share of what is possible the sizes seen so far are as good as one, and tell nothing about a line.
    private const double LeastSpread = 1e-4;
    private double _weight;
    private double _n;
    private double _nn;
    private double _y;
    private double _ny;

    /// <summary>Whether a run has been seen.</summary>
    public bool IsKnown => _weight > 0;

    /// <summary>What each row adds to a run, in the unit of the latencies that were learned.</summary>
    public double PerRow { get; private set; }

    /// <summary>What a run costs beside its rows.</summary>
    public double PerRun { get; private set; }

    /// <summary>Learns from a run.</summary>
    /// <param name="rows">Its rows.</param>
    /// <param name="latency">How long it took, in any unit.</param>
    public void Learn(int rows, double latency)
    {
        _weight = (_weight * Forgetting) + 1;
        _n = (_n * Forgetting) + rows;
        _nn = (_nn * Forgetting) + ((double)rows * rows);
        _y = (_y * Forgetting) + latency;
        _ny = (_ny * Forgetting) + (rows * latency);
        (PerRow, PerRun) = Fit();
    }

    /// <summary>The expected latency of a run; 0 before the first.</summary>
    public double Of(int rows) => (PerRow * rows) + PerRun;

    private (double PerRow, double PerRun) Fit()
    {
        var spread = (_weight * _nn) - (_n * _n);
        if (spread <= LeastSpread * _weight * _nn)
        {
            return (_y / _n, 0);
        }

        var perRow = ((_weight * _ny) - (_n * _y)) / spread;
        var perRun = (_y - (perRow * _n)) / _weight;

        // Neither can be negative; with one at zero, the other fits what remains.
        return perRow < 0 ? (0, _y / _weight) : perRun < 0 ? (_ny / _nn, 0) : (perRow, perRun);
    }
}
