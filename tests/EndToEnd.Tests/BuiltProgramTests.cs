using System.Reflection.PortableExecutable;

namespace Toolchain.EndToEnd.Tests;

/// <summary>What a release build leaves in <c>bin/</c>.</summary>
public sealed class BuiltProgramTests
{
    [Theory]
    [InlineData("train")]
    [InlineData("export")]
    [InlineData("serve")]
    public void A_program_and_what_it_brings_along_are_compiled_ahead_of_time(string name)
    {
        var program = File.ResolveLinkTarget(Repository.File($"bin/{name}"), returnFinalTarget: true)!.FullName;
        var assemblies = Directory.GetFiles(Path.GetDirectoryName(program)!, "*.dll");

        Assert.Contains(assemblies, a => Path.GetFileName(a) == $"{name}.dll");
        Assert.All(assemblies, assembly => Assert.True(IsCompiled(assembly), $"{assembly} has no native code."));
    }

    // The place of native code in a managed file (ECMA-335, II.25.3.3, ManagedNativeHeader).
    private static bool IsCompiled(string assembly)
    {
        using var file = new PEReader(File.OpenRead(assembly));
        return file.PEHeaders.CorHeader!.ManagedNativeHeaderDirectory.Size > 0;
    }
}
