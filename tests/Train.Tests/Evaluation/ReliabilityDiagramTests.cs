using System.Xml.Linq;
using Toolchain.Train.Evaluation;
using Toolchain.Train.Tests.Support;

namespace Toolchain.Train.Tests.Evaluation;

public sealed class ReliabilityDiagramTests
{
    private static readonly Calibration Some = Bins((7, 40, 0.5, 0.3), (12, 60, 0.85, 0.9), (14, 100, 0.99, 0.97));

    [Fact]
    public void The_diagram_is_what_the_documentation_shows() => Golden.Matches("reliability.svg", ReliabilityDiagram.Svg(Some, "fashion:1 on fashion-mnist (test)"));

    [Fact]
    public void Any_title_gives_well_formed_XML_and_only_bins_with_images_are_drawn()
    {
        var svg = XDocument.Parse(ReliabilityDiagram.Svg(Some, "a <b> & \"c\" 'd' ]]>")).Root!;
        var title = svg.Elements().First(static e => e.Name.LocalName == "title");
        Assert.Equal("a <b> & \"c\" 'd' ]]>", title.Value);
        Assert.Equal(3, svg.Descendants().Count(static e => e.Name.LocalName == "rect" && (string?)e.Attribute("class") == "gap"));
    }

    [Fact]
    public void Predictions_that_are_no_numbers_draw_nothing() =>
        Assert.DoesNotContain("NaN", ReliabilityDiagram.Svg(Bins((0, 5, double.NaN, 0.2)), "broken"), StringComparison.Ordinal);

    private static Calibration Bins(params (int Bin, int Images, double Confidence, double Accuracy)[] filled)
    {
        var sums = new double[3 * Calibration.BinCount];
        foreach (var (bin, images, confidence, accuracy) in filled)
        {
            (sums[bin], sums[Calibration.BinCount + bin], sums[(2 * Calibration.BinCount) + bin]) = (images, images * confidence, images * accuracy);
        }

        return Calibration.Of(sums, 0.1);
    }
}
