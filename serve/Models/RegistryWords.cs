namespace Toolchain.Serve.Models;

/// <summary>What the registry says of its models, in words for clients.</summary>
internal static class RegistryWords
{
    /// <summary>A message without the place of the registry, which is the operator's business: files are named from its folder on.</summary>
    /// <param name="message">The message.</param>
    /// <param name="root">The registry's folder as the registry was given it; a relative one says nothing.</param>
    public static string Discreet(string message, string root) => Path.IsPathRooted(root)
        ? message.Replace($"registry '{root}'", "the registry", StringComparison.Ordinal).Replace($"{Path.TrimEndingDirectorySeparator(root)}{Path.DirectorySeparatorChar}", "", StringComparison.Ordinal)
        : message;
}
