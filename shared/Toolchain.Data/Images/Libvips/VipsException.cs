namespace Toolchain.Data;

/// <summary>An operation of libvips failed; the message is libvips' own. Never leaves this project.</summary>
internal sealed class VipsException(string message) : Exception(message);
