using System.Diagnostics;
using System.Text.Json;
using Toolchain.Serve.Grpc.Messages;
using Toolchain.Serve.Grpc.Messages.Health;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests.Grpc;

public sealed class GrpcForeignTests
{
    [Fact]
    public async Task Googles_own_stack_is_answered_in_every_way_that_it_asks()
    {
        Assert.SkipUnless(await PythonAsync("-c", "import grpc, google.protobuf") is { ExitCode: 0 }, "Debian's python3-grpcio and python3-protobuf are not installed.");
        await using var server = await GrpcServer.StartAsync(static registry =>
        {
            registry.Publish("echo", TestModels.Echo());
            registry.Publish("wide", TestModels.Echo(500_000));
        });
        var descriptors = Path.Combine(server.Registry.Folder, "..", Path.GetRandomFileName());
        Directory.CreateDirectory(descriptors);
        try
        {
            string[] files = [Path.Combine(descriptors, "inference"), Path.Combine(descriptors, "health")];
            await File.WriteAllBytesAsync(files[0], InferenceReflection.Descriptor.SerializedData.ToByteArray());
            await File.WriteAllBytesAsync(files[1], HealthReflection.Descriptor.SerializedData.ToByteArray());

            var (exitCode, output, error) = await PythonAsync([Path.Combine(AppContext.BaseDirectory, "Fixtures", "grpcio_client.py"), new Uri(server.Server.Application.GrpcUrl!).Authority, .. files]);

            Assert.True(exitCode == 0, error);
            AssertAnswers(JsonDocument.Parse(output).RootElement);
        }
        finally
        {
            Directory.Delete(descriptors, recursive: true);
        }
    }

    private static void AssertAnswers(JsonElement answers)
    {
        Assert.All(["live", "ready", "max_batch_size", "large", "concurrent"], name => Assert.True(answers.GetProperty(name).GetBoolean(), name));
        Assert.Equal(("onnxruntime_onnx", 1), (answers.GetProperty("platform").GetString(), answers.GetProperty("health").GetInt32()));
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], Floats(answers.GetProperty("raw")));
        Assert.Equal([1, 2, 3, 4], Floats(answers.GetProperty("typed")));
        Assert.Equal(Enumerable.Repeat(1.5f, 32), Floats(answers.GetProperty("compressed")));
        Assert.Equal(Enumerable.Repeat(2.5f, 8), Floats(answers.GetProperty("deflated")));
        Assert.Equal(Enumerable.Range(0, 20).Select(static i => i.ToString(System.Globalization.CultureInfo.InvariantCulture)), Texts(answers.GetProperty("stream")));
        Assert.Equal(["Request for unknown model: 'missing' is not found"], Texts(answers.GetProperty("stream_errors")));
        Assert.Equal(["NOT_FOUND", "Request for unknown model: 'mödel%' is not found"], Texts(answers.GetProperty("missing")));
        Assert.Equal("INVALID_ARGUMENT", Texts(answers.GetProperty("wrong")).First());
        Assert.Equal("UNIMPLEMENTED", Texts(answers.GetProperty("unimplemented")).First());
    }

    private static IEnumerable<float> Floats(JsonElement array) => array.EnumerateArray().Select(static v => v.GetSingle());

    private static IEnumerable<string> Texts(JsonElement array) => array.EnumerateArray().Select(static v => v.GetString()!);

    private static async Task<(int ExitCode, string Output, string Error)> PythonAsync(params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("/usr/bin/python3", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await process.WaitForExitAsync();
            return (process.ExitCode, await output, await error);
        }
        catch (System.ComponentModel.Win32Exception absent)
        {
            return (-1, "", absent.Message);
        }
    }
}
