namespace Toolchain.Serve.Models;

/// <summary>
/// The version that a request is answered by, from the moment when it was found: whatever is loaded meanwhile, the request stays with it, and it
/// is not given back before. The handler disposes it once; rows that it took stay until they are given back, so the outputs may be written later.
/// </summary>
internal readonly struct ModelUse : IDisposable
{
    /// <summary>A use that has begun.</summary>
    /// <param name="model">The version; its <see cref="ServedModel.Uses"/> was entered.</param>
    internal ModelUse(ServedModel model) => Model = model;

    /// <summary>The version.</summary>
    public ServedModel Model { get; }

    /// <inheritdoc/>
    public void Dispose() => Model.Uses.Leave();
}
