using System.Globalization;

namespace Toolchain;

/// <summary>The kinds of device that a person can ask for.</summary>
public enum DeviceKind
{
    /// <summary>CUDA when the engine has it and a GPU is there, otherwise the CPU.</summary>
    Auto,

    /// <summary>The CPU.</summary>
    Cpu,

    /// <summary>A CUDA GPU; its absence is an error.</summary>
    Cuda,
}

/// <summary>A device as a person writes it: <c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>.</summary>
/// <param name="Kind">What was asked for.</param>
/// <param name="Index">The GPU's ordinal, from 0; 0 unless <paramref name="Kind"/> is <see cref="DeviceKind.Cuda"/>.</param>
public readonly record struct DeviceSpec(DeviceKind Kind, int Index = 0)
{
    /// <summary>CUDA where there is one, otherwise the CPU.</summary>
    public static DeviceSpec Auto => new(DeviceKind.Auto);

    /// <summary>The CPU.</summary>
    public static DeviceSpec Cpu => new(DeviceKind.Cpu);

    /// <summary>Reads <c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>.</summary>
    /// <exception cref="ToolchainException">The text is none of them (<see cref="ErrorKind.Usage"/>).</exception>
    public static DeviceSpec Parse(string text) => text switch
    {
        "auto" => Auto,
        "cpu" => Cpu,
        "cuda" => new(DeviceKind.Cuda),
        _ when text.StartsWith("cuda:", StringComparison.Ordinal)
            && int.TryParse(text.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out var index) => new(DeviceKind.Cuda, index),
        _ => throw new ToolchainException(ErrorKind.Usage, $"Device '{text}' is not known. Expected auto, cpu, cuda or cuda:N, for example --device cuda:0."),
    };

    /// <summary>
    /// The device to use, given how many GPUs the engine can reach.
    /// </summary>
    /// <param name="gpus">GPUs that the engine can use; 0 where it has no CUDA.</param>
    /// <param name="whyNone">Says what is missing when <paramref name="gpus"/> is 0, for example «this libtorch was built without CUDA».</param>
    /// <returns>A spec whose kind is <see cref="DeviceKind.Cpu"/> or <see cref="DeviceKind.Cuda"/>.</returns>
    /// <exception cref="ToolchainException">CUDA was asked for and there is no such GPU (<see cref="ErrorKind.Unavailable"/>).</exception>
    public DeviceSpec Resolve(int gpus, string whyNone) => Kind switch
    {
        DeviceKind.Auto => gpus > 0 ? new(DeviceKind.Cuda) : Cpu,
        DeviceKind.Cpu => Cpu,
        DeviceKind.Cuda when gpus == 0 => throw new ToolchainException(ErrorKind.Unavailable, $"Device {this} was asked for, but {whyNone}. Use --device cpu, or install what is missing."),
        DeviceKind.Cuda when Index >= gpus => throw new ToolchainException(ErrorKind.Unavailable, $"Device {this} was asked for, but there {(gpus == 1 ? "is 1 GPU" : $"are {gpus} GPUs")} (numbered from 0)."),
        DeviceKind.Cuda => this,
        _ => throw new ArgumentOutOfRangeException(nameof(gpus), Kind, "Unknown device kind."),
    };

    /// <inheritdoc/>
    public override string ToString() => Kind switch
    {
        DeviceKind.Cuda => $"cuda:{Index}",
        DeviceKind.Cpu => "cpu",
        _ => "auto",
    };
}
