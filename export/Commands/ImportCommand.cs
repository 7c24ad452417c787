using System.CommandLine;
using System.Globalization;
using Toolchain.Export.Importing;
using Toolchain.Registry;
using Toolchain.Registry.Cli;

namespace Toolchain.Export.Commands;

/// <summary><c>export import FILE.onnx --name NAME</c>: a model from elsewhere, proven to compute what its file computes.</summary>
internal sealed class ImportCommand : ToolCommand
{
    private readonly Argument<string> _file = new("FILE") { Description = $"An ONNX file of opset {Graphs.Onnx.Opsets.FirstRead} to {Graphs.Onnx.Opsets.Last}." };
    private readonly Option<string> _name = new("--name") { Description = "The model's name in the registry.", HelpName = "NAME", Required = true };
    private readonly Option<string> _task = Choice("--task", "What the model does.", "classification", "segmentation", "regression");
    private readonly Option<InputSize?> _input = new("--input") { Description = "The images' size, where the file leaves it open.", HelpName = "CxHxW", CustomParser = static r => Parsing.OneToken(r, Size) };
    private readonly Option<string> _layout = Choice("--layout", "The order of the input's axes.", "auto", "nchw", "nhwc");
    private readonly Option<string> _channels = Choice("--channels-order", "The order of the colours.", "auto", "rgb", "bgr");
    private readonly Option<string> _range = Choice("--input-range", "The range of pixels, before mean and deviation.", "auto", "0..1", "0..255", "-1..1");
    private readonly Option<EquatableArray<float>?> _mean = Numbers("--mean", "Per channel, subtracted from pixels in that range.");
    private readonly Option<EquatableArray<float>?> _std = Numbers("--std", "Per channel, what the difference is then divided by.");
    private readonly Option<string?> _labels = new("--labels") { Description = "The classes' names: a text file with one per line, or a list with commas (default: the file's metadata, otherwise numbers).", HelpName = "FILE|A,B,C" };
    private readonly Option<string?> _output = new("--output") { Description = "The output to take (default: the first).", HelpName = "NAME" };
    private readonly Option<string> _form = Choice("--output-form", "What the output's numbers are.", "auto", "logits", "probabilities");
    private readonly DeviceOption _device = new();
    private readonly ThreadsOption _threads = new();
    private readonly ModelsOption _models = new();

    public ImportCommand()
        : base(
            "import",
            "Makes a model of an ONNX file from elsewhere, and proves that it computes the same.",
            "import resnet18.onnx --name resnet18 --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225 --labels imagenet.txt",
            "import keras.onnx --name cats --input-range -1..1 --labels cat,dog",
            "import unet.onnx --name roads --task segmentation --input 3x256x256")
    {
        Add(_file);
        Option[] options = [_name, _task, _input, _layout, _channels, _range, _mean, _std, _labels, _output, _form, _device, _threads, _models];
        foreach (var option in options)
        {
            Add(option);
        }
    }

    protected override Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var report = new OnnxImport(context.Registry(_models), new()
        {
            File = context.Get(_file),
            Name = ModelName.Checked("Model name", context.Get(_name)),
            Task = ModelTasks.Parse(context.Get(_task)),
            Input = context.Get(_input),
            Layout = context.Get(_layout) switch { "nchw" => ImageLayout.Nchw, "nhwc" => ImageLayout.Nhwc, _ => null },
            Channels = context.Get(_channels) switch { "rgb" => ChannelOrder.Rgb, "bgr" => ChannelOrder.Bgr, _ => null },
            Range = context.Get(_range) switch { "0..1" => PixelRange.Unit, "0..255" => PixelRange.Bytes, "-1..1" => PixelRange.Symmetric, _ => null },
            Mean = context.Get(_mean),
            Std = context.Get(_std),
            Labels = context.Get(_labels),
            Output = context.Get(_output),
            Form = Enum.Parse<OutputForm>(context.Get(_form), ignoreCase: true),
            Session = new() { Device = context.Get(_device), Threads = context.Get(_threads) ?? 0 },
        }).Run(cancellationToken);
        foreach (var warning in report.Warnings())
        {
            context.Console.Warn(warning);
        }

        context.Console.Table(report.ToRows());
        context.Console.Result(report.ToJson());
        return Task.FromResult(ExitCode.Ok);
    }

    private static InputSize? Size(string text) =>
        text.Split('x') is [var c, var h, var w] && Number(c) is { } channels && Number(h) is { } height && Number(w) is { } width
            ? new(channels, height, width)
            : throw new ToolchainException(ErrorKind.Usage, $"--input is '{text}'; it takes channels, height and width, for example 3x224x224.");

    private static int? Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= 65_536 ? number : null;

    private static Option<string> Choice(string name, string description, params string[] values) => new Option<string>(name)
    {
        Description = description,
        HelpName = string.Join('|', values),
        DefaultValueFactory = _ => values[0],
    }.AcceptOnlyFromAmong(values);

    private static Option<EquatableArray<float>?> Numbers(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "R,G,B",
        CustomParser = result => Parsing.OneToken<EquatableArray<float>?>(result, text => text.Split(',').Select(part =>
            float.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && float.IsFinite(number)
                ? number
                : throw new ToolchainException(ErrorKind.Usage, $"{name} is '{text}'; it takes numbers with commas between them, one per channel.")).ToEquatableArray()),
    };
}
