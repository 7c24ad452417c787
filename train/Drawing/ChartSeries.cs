namespace Toolchain.Train.Drawing;

/// <summary>A point in the axes' units. One that is not a number is left out, and so is one that is not above 0 on a logarithmic axis.</summary>
/// <param name="X">Along.</param>
/// <param name="Y">Up.</param>
/// <param name="Text">What is written beside a marker; null for nothing.</param>
/// <param name="Tip">What a marker shows under the pointer; null for nothing.</param>
public readonly record struct ChartPoint(double X, double Y, string? Text = null, string? Tip = null);

/// <summary>Something drawn in a chart, in a colour of its own.</summary>
/// <param name="Label">Its name in the legend; empty for none.</param>
/// <param name="Points">Its points.</param>
public abstract record ChartSeries(string Label, IReadOnlyList<ChartPoint> Points);

/// <summary>A line through the points in their order, interrupted where one is left out.</summary>
/// <param name="Label">Its name in the legend; empty for none.</param>
/// <param name="Points">Its points.</param>
/// <param name="Dashed">Whether it is a guide rather than data; off by default.</param>
public sealed record ChartLine(string Label, IReadOnlyList<ChartPoint> Points, bool Dashed = false) : ChartSeries(Label, Points);

/// <summary>Dots, with a text beside each that has one.</summary>
/// <param name="Label">Its name in the legend; empty for none.</param>
/// <param name="Points">Its points.</param>
public sealed record ChartMarkers(string Label, IReadOnlyList<ChartPoint> Points) : ChartSeries(Label, Points);

/// <summary>Bars from the axis up to the points, each around its X.</summary>
/// <param name="Label">Its name in the legend; empty for none.</param>
/// <param name="Points">The middle and the height of each bar.</param>
/// <param name="Width">A bar's width in the X axis' units, gaps included.</param>
public sealed record ChartBars(string Label, IReadOnlyList<ChartPoint> Points, double Width) : ChartSeries(Label, Points);
