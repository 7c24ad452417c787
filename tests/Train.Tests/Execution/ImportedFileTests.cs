using System.Runtime.CompilerServices;
using Toolchain.Graphs;
using Toolchain.Graphs.Onnx;
using Toolchain.Runtime;
using Toolchain.Train.Tests.Support;

namespace Toolchain.Train.Tests.Execution;

/// <summary>Networks as PyTorch's exporter writes them, of opsets 9 to 17 (Export.Tests/Importing/Fixtures).</summary>
public sealed class ImportedFileTests
{
    public static TheoryData<string> Files => [.. Directory.EnumerateFiles(Folder(), "*.onnx").Select(static p => Path.GetFileName(p)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void A_file_of_another_exporter_computes_the_same_in_libtorch(string file)
    {
        var path = Path.Combine(Folder(), file);
        var graph = OnnxFile.Read(path).Graph;
        var input = Numbers.Uniform(3, 2, graph.Inputs[0].Type.Shape![1].Value, 16, 16);
        using var session = ModelSession.Load(path, new SessionSpec { Device = DeviceSpec.Cpu, Threads = 1 });

        Tolerance.Holds(Tolerance.Network, Runners.Torch(graph, input), Runners.Run(session, graph, input));
    }

    private static string Folder([CallerFilePath] string source = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(source)!, "../../Export.Tests/Importing/Fixtures"));
}
