using System.Globalization;
using System.Text.RegularExpressions;

namespace Toolchain.EndToEnd.Tests;

/// <summary>The scripts at the top of the checkout.</summary>
public sealed partial class ScriptTests
{
    [Fact]
    public void The_demo_trains_exports_serves_and_classifies_real_images()
    {
        var models = Directory.CreateTempSubdirectory("demo-").FullName;
        try
        {
            var output = Shell.Run($"./demo.sh --models '{models}'", Repository.Root, TimeSpan.FromMinutes(15)).Succeeded().Output;

            var accuracy = double.Parse(Accuracy().Match(output).Groups[1].Value, CultureInfo.InvariantCulture);
            Assert.True(accuracy > 90, $"test accuracy {accuracy} %:\n{output}");
            Assert.Matches(@"\n(\d|10) of 10 right\n", output);
            Assert.Matches(@"\n  bin/train run .*\n  bin/export onnx .*\n  bin/serve .*\n", output);
            Assert.True(File.Exists(Path.Combine(models, "fashion", "1", "model.onnx")));
        }
        finally
        {
            Directory.Delete(models, recursive: true);
        }
    }

    [Fact]
    public void Set_up_has_nothing_to_do_when_everything_is_there() =>
        Assert.Equal("", Shell.Run("eng/setup.sh", Repository.Root).Succeeded().Output);

    [Theory]
    [InlineData("eng/setup.sh --cuda", "expected --gpu")]
    [InlineData("./demo.sh --fast", "expected --keep")]
    public void An_unknown_option_of_a_script_is_refused(string command, string message)
    {
        var result = Shell.Run(command, Repository.Root);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(message, result.Output, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"published fashion:1: test accuracy ([\d.]+) ?%")]
    private static partial Regex Accuracy();
}
