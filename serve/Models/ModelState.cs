namespace Toolchain.Serve.Models;

/// <summary>Where a version is in its life, in the words of the protocol's repository index.</summary>
internal enum ModelStatus
{
    /// <summary>It answers requests.</summary>
    Ready,

    /// <summary>It does not.</summary>
    Unavailable,

    /// <summary>It is being loaded and warmed.</summary>
    Loading,

    /// <summary>It takes no new requests, and finishes those that it has.</summary>
    Unloading,
}

/// <summary>A line of the repository index.</summary>
/// <param name="Name">The model's name.</param>
/// <param name="Version">The version number.</param>
/// <param name="Status">Where it is in its life.</param>
/// <param name="Reason">What a person should know of it; empty when there is nothing.</param>
internal sealed record ModelState(string Name, string Version, ModelStatus Status, string Reason);

/// <summary>How the index writes it.</summary>
internal static class ModelStatuses
{
    /// <summary>The protocol's word.</summary>
    public static string Text(this ModelStatus status) => status switch
    {
        ModelStatus.Ready => "READY",
        ModelStatus.Unavailable => "UNAVAILABLE",
        ModelStatus.Loading => "LOADING",
        ModelStatus.Unloading => "UNLOADING",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "Unknown status."),
    };
}
