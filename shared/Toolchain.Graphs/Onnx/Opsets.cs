namespace Toolchain.Graphs.Onnx;

/// <summary>Which versions of ONNX are read and written (onnx/docs/Versioning.md).</summary>
public static class Opsets
{
    /// <summary>From here on axes of Squeeze and the like are inputs and Softmax has the meaning of its record.</summary>
    public const int First = 13;

    /// <summary>The last opset whose operators agree with the records, apart from what <see cref="OpsetForms"/> translates.</summary>
    public const int Last = 21;

    /// <summary>The oldest file format with opset imports.</summary>
    internal const long FirstIrVersion = 3;

    /// <summary>The newest file format known to be readable with these fields.</summary>
    internal const long LastIrVersion = 13;

    /// <summary>The file format that the ONNX release of an opset brought.</summary>
    internal static long IrVersion(int opset) => opset switch
    {
        13 or 14 => 7,
        >= 15 and <= 18 => 8,
        19 or 20 => 9,
        21 => 10,
        _ => throw new ToolchainException(ErrorKind.Usage, $"Opset {opset} cannot be written. Choose one from {First} to {Last}; {Graph.DefaultOpset} is understood most widely."),
    };
}
