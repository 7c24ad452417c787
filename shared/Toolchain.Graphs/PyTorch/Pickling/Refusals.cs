namespace Toolchain.Graphs.PyTorch.Pickling;

/// <summary>What is said to a file that wants more than tensors.</summary>
internal static class Refusals
{
    /// <summary>Names what a pickle asked for, and the way to a file that can be read.</summary>
    internal static string Of(string wanted) =>
        $"it asks for {PickleValues.Quote(wanted)}, which is not part of a state dict; nothing of it was executed. Whole models and other Python objects are stored like that, and so is malicious code. "
        + "If you trust the file, load it in Python and save the weights alone: torch.save(model.state_dict(), 'weights.pth')";
}
