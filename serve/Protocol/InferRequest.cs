namespace Toolchain.Serve.Protocol;

/// <summary>The JSON part of an infer request. The values of tensors stay where they are, in the body.</summary>
internal sealed class InferRequest
{
    /// <summary>The client's name for the request; comes back with the response.</summary>
    public string? Id { get; set; }

    /// <summary>Whether outputs are binary unless they say otherwise.</summary>
    public bool BinaryOutputs { get; set; }

    /// <summary>How long it may wait; null for the server's default.</summary>
    public TimeSpan? Timeout { get; set; }

    /// <summary>The inputs, in the order of their binary data.</summary>
    public List<RequestInput> Inputs { get; } = [];

    /// <summary>The outputs that are wanted; null for all.</summary>
    public List<RequestOutput>? Outputs { get; set; }
}

/// <summary>An input as it was sent.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Datatype">The protocol's word for its type.</param>
/// <param name="Shape">The shape, batch first.</param>
/// <param name="Offset">Where its values begin in the body: JSON text, or raw bytes.</param>
/// <param name="Length">Their bytes in the body.</param>
/// <param name="IsBinary">Whether they are raw.</param>
internal sealed record RequestInput(string Name, string Datatype, long[] Shape, long Offset, long Length, bool IsBinary);

/// <summary>An output that is wanted.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsBinary">Whether it is wanted raw; null for the request's default.</param>
internal sealed record RequestOutput(string Name, bool? IsBinary);
