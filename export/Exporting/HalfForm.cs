namespace Toolchain.Export.Exporting;

/// <summary>What a half-precision export uses float16 for.</summary>
internal enum HalfForm
{
    /// <summary>Stored weights: half the file, float32 arithmetic. For CPUs.</summary>
    Storage,

    /// <summary>Convolutions, matrix products and what is between them. For GPUs.</summary>
    Compute,
}
