namespace Toolchain.Export.Exporting;

/// <summary>A copy of an artifact outside the registry: complete or not there, and never half of it.</summary>
internal sealed class CopiedFile
{
    private readonly string _path;

    /// <summary>Checks the place before any work is done for it.</summary>
    /// <exception cref="ToolchainException">The folder does not exist, or the path is a folder (<see cref="ErrorKind.Usage"/>).</exception>
    public CopiedFile(string path)
    {
        _path = Path.GetFullPath(path);
        if (!Directory.Exists(Path.GetDirectoryName(_path)))
        {
            throw new ToolchainException(ErrorKind.Usage, $"--output {path}: folder '{Path.GetDirectoryName(_path)}' does not exist. Create it first.");
        }

        if (Directory.Exists(_path))
        {
            throw new ToolchainException(ErrorKind.Usage, $"--output {path} is a folder. Add a file name, for example {Path.Combine(path, "model.onnx")}.");
        }
    }

    /// <summary>Copies a file to the place.</summary>
    /// <exception cref="ToolchainException">It cannot be written (<see cref="ErrorKind.Unavailable"/>); nothing is left behind.</exception>
    public void Of(string source)
    {
        var temporary = Path.Combine(Path.GetDirectoryName(_path)!, $".{Path.GetFileName(_path)}.{Guid.NewGuid():N}.tmp");
        try
        {
            File.Copy(source, temporary);
            File.Move(temporary, _path, overwrite: true);
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            if (File.Exists(temporary))
            {
                File.Delete(temporary);
            }

            throw new ToolchainException(ErrorKind.Unavailable, $"The model is published as '{source}', but its copy '{_path}' could not be written: {refusal.Message}", refusal);
        }
    }
}
