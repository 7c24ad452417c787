using System.Net;
using System.Text;
using Toolchain.Graphs;
using Toolchain.Graphs.Onnx;
using Toolchain.Registry;
using Toolchain.Serve.Models;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests.Models;

public sealed class ContentTests : IDisposable
{
    private readonly TestRegistry _registry = new();

    [Fact]
    public void What_was_checked_is_what_is_loaded_whatever_happens_to_the_file_afterwards()
    {
        var version = _registry.Publish("echo", TestModels.Echo());

        using var content = ModelContent.Open(version);
        File.WriteAllText(Path.Combine(version.Folder, "model.onnx"), "something else");
        using var session = content.Load(new());

        Assert.Equal("logits", session.Outputs[0].Name);
    }

    [Fact]
    public void External_weights_are_loaded_from_a_copy_that_was_checked()
    {
        var version = PublishExternal();
        var direct = TestRegistry.RunDirectly(version, Row);

        using var content = ModelContent.Open(version);
        var data = Path.Combine(version.Folder, "model.onnx.data");
        File.WriteAllBytes(data, new byte[new FileInfo(data).Length]);
        using var session = content.Load(new());

        Assert.Equal(direct["values"].Values<float>().ToArray(), session.Run(new Dictionary<string, TensorData> { ["numbers"] = Row })["values"].Values<float>().ToArray());
    }

    [Fact]
    public void Damaged_external_weights_are_refused()
    {
        var version = PublishExternal();
        var data = Path.Combine(version.Folder, "model.onnx.data");
        File.WriteAllBytes(data, new byte[new FileInfo(data).Length]);

        Assert.Contains("SHA-256", Assert.Throws<ToolchainException>(() => ModelContent.Open(version)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../../elsewhere.bin")]
    [InlineData("/etc/passwd")]
    [InlineData("other.onnx.data")]
    [InlineData("*/_ORT_MEM_ADDR_/*")]
    [InlineData("")]
    public async Task External_data_that_is_not_a_published_file_beside_the_model_is_refused(string location)
    {
        Publish("external", path => File.WriteAllBytes(path, WithExternalWeight(location)));
        _registry.Publish("sound", TestModels.Echo());
        await using var server = await RunningServer.StartAsync(_registry);

        var answer = await server.GetAsync("/v2/models/external/ready");

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains($"keeps weights in '{location}'", answer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Operators_of_other_libraries_are_refused_and_libraries_beside_the_model_are_never_loaded()
    {
        var graph = new Graph
        {
            Name = "custom",
            Initializers = new([]),
            Inputs = [new("input", new(ElementType.Float32, ["N", 4]))],
            Outputs = [new("logits", new(ElementType.Float32, ["N", 4]))],
            Nodes = [new("custom", new Foreign("Evil", "com.example.evil", []), ["input"], ["logits"])],
        };
        var version = Publish("custom", path => OnnxFile.Write(graph, path, new() { Domains = new Dictionary<string, long> { ["com.example.evil"] = 1 } }));
        await File.WriteAllTextAsync(Path.Combine(version.Folder, "libevil.so"), "not a library");
        _registry.Publish("sound", TestModels.Echo());
        await using var server = await RunningServer.StartAsync(_registry);

        var answer = await server.GetAsync("/v2/models/custom/ready");

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains("operators of 'com.example.evil'", answer.Error, StringComparison.Ordinal);
        Assert.Contains("never loaded", answer.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("..")]
    [InlineData("../fashion")]
    [InlineData("%2e%2e")]
    [InlineData("fashion/../../etc")]
    [InlineData("/etc")]
    [InlineData("Fashion")]
    [InlineData(".hidden")]
    [InlineData("fashion@../x")]
    [InlineData("fashion:../1")]
    public async Task Names_that_try_to_leave_the_folder_load_nothing(string name)
    {
        _registry.Publish("fashion", TestModels.Echo());
        await using var server = await RunningServer.StartAsync(_registry, ("ModelControl", "explicit"));
        var control = (ModelControl)server.Application.Services.GetService(typeof(ModelControl))!;

        var refusal = await Assert.ThrowsAsync<ToolchainException>(() => control.LoadAsync(name, CancellationToken.None));

        Assert.Equal(ErrorKind.Usage, refusal.Kind);
        Assert.Single(server.Application.Models.All);
    }

    public void Dispose() => _registry.Dispose();

    private static TensorData Row => TensorData.Of<float>([1, 2, 3], 1, 1, 1, 3);

    private ModelVersion PublishExternal() => Publish("external", static path => OnnxFile.Write(TestModels.Regression(), path, new() { ExternalDataThreshold = 0 }));

    private ModelVersion Publish(string name, Action<string> write)
    {
        using var draft = _registry.Registry.NewVersion(name);
        var version = draft.Publish(new() { Task = "regression", Labels = [], Preprocessing = new(3, 1, 1, [0f, 0f, 0f], [1f, 1f, 1f]) });
        return _registry.Registry.AddArtifact(version, ArtifactKinds.Model, "model.onnx", path =>
        {
            write(path);
            return new();
        });
    }

    // onnx.proto: the graph of a model, its initializer, and the entries that say where the values are; no field is longer than 127 bytes.
    private static byte[] WithExternalWeight(string location) => Field(7, Field(5, [
        .. Field(8, "weight"u8), .. Field(13, [.. Field(1, "location"u8), .. Field(2, Encoding.UTF8.GetBytes(location))]), (14 << 3) | 0, 1]));

    private static byte[] Field(int number, ReadOnlySpan<byte> content) => [(byte)((number << 3) | 2), (byte)content.Length, .. content];
}
