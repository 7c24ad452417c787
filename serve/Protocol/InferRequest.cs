namespace Toolchain.Serve.Protocol;

/// <summary>An infer request without its values, whichever protocol brought it. The values stay where they are, in the body.</summary>
internal sealed class InferRequest
{
    /// <summary>The client's name for the request; comes back with the response.</summary>
    public string? Id { get; set; }

    /// <summary>Whether outputs are binary unless they say otherwise.</summary>
    public bool BinaryOutputs { get; set; }

    /// <summary>How long it may wait; null for the server's default.</summary>
    public TimeSpan? Timeout { get; set; }

    /// <summary>Its place among those that wait: 1 is the highest, larger numbers are lower, and 0 is the server's default.</summary>
    public int Priority { get; set; }

    /// <summary>Whether the response says why its batch was what it was.</summary>
    public bool Explain { get; set; }

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
internal sealed record RequestInput(string Name, string Datatype, long[] Shape, long Offset, long Length, bool IsBinary)
{
    /// <summary>Where each element of <c>BYTES</c> lies in the body; null when they lie one after another, each behind its length (uint32, little-endian).</summary>
    public IReadOnlyList<BodySlice>? Elements { get; init; }
}

/// <summary>A part of a request's body.</summary>
/// <param name="Offset">Bytes from the start of the body.</param>
/// <param name="Length">Bytes.</param>
internal readonly record struct BodySlice(int Offset, int Length);

/// <summary>An output that is wanted.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsBinary">Whether it is wanted raw; null for the request's default.</param>
/// <param name="Classes">How many of the likeliest classes are wanted in its place (classification extension); 0 for the output itself.</param>
internal sealed record RequestOutput(string Name, bool? IsBinary, int Classes = 0);
