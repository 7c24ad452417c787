using Google.Protobuf;
using Google.Protobuf.Reflection;
using Toolchain.Serve.Grpc;
using Toolchain.Serve.Grpc.Messages;
using Toolchain.Serve.Grpc.Messages.Reflection;

namespace Toolchain.Serve.Tests.Grpc;

/// <summary>gRPC's server reflection, under both names that clients ask for it by.</summary>
public sealed class GrpcReflectionTests(GrpcEcho echo) : IClassFixture<GrpcEcho>
{
    private const string V1 = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
    private const string V1Alpha = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";

    [Theory]
    [InlineData(V1)]
    [InlineData(V1Alpha)]
    public async Task A_client_without_files_finds_every_service_and_what_its_messages_have(string path)
    {
        using var stream = await echo.Client.OpenAsync(path);
        var services = (await AskAsync(stream, new() { ListServices = "*" })).ListServicesResponse.Service.Select(static s => s.Name).ToList();
        Assert.Equal((string[])[GrpcMethods.Inference, GrpcMethods.Health, GrpcMethods.Reflection], services);

        foreach (var service in services)
        {
            var file = FileDescriptorProto.Parser.ParseFrom(Assert.Single((await AskAsync(stream, new() { FileContainingSymbol = service })).FileDescriptorResponse.FileDescriptorProto));
            Assert.Contains(service, file.Service.Select(s => $"{file.Package}.{s.Name}"));
            Assert.Equal(file, FileDescriptorProto.Parser.ParseFrom((await AskAsync(stream, new() { FileByFilename = file.Name })).FileDescriptorResponse.FileDescriptorProto[0]));
        }

        stream.Complete();
        Assert.Null(await stream.ReceiveAsync<ServerReflectionResponse>());
        Assert.Equal(0, stream.Status);
    }

    [Theory]
    [InlineData("inference.GRPCInferenceService.ModelInfer")]
    [InlineData("inference.ModelInferRequest")]
    [InlineData("inference.ModelInferRequest.InferInputTensor")]
    [InlineData("inference.ModelInferRequest.raw_input_contents")]
    [InlineData("inference.DataType")]
    [InlineData("inference.TYPE_FP32")]
    public async Task A_symbol_of_any_kind_leads_to_its_file(string symbol)
    {
        using var stream = await echo.Client.OpenAsync(V1);

        var answer = await AskAsync(stream, new() { Host = "any", FileContainingSymbol = symbol });

        Assert.Equal(InferenceReflection.Descriptor.SerializedData, answer.FileDescriptorResponse.FileDescriptorProto.Single());
        Assert.Equal(("any", symbol), (answer.ValidHost, answer.OriginalRequest.FileContainingSymbol));
    }

    [Fact]
    public async Task What_is_not_there_is_said_and_the_stream_goes_on()
    {
        using var stream = await echo.Client.OpenAsync(V1);
        var missing = new ServerReflectionRequest[]
        {
            new() { FileByFilename = "other.proto" },
            new() { FileContainingSymbol = "inference.Other" },
            new() { FileContainingSymbol = "" },
            new() { AllExtensionNumbersOfType = "inference.Other" },
            new() { FileContainingExtension = new() { ContainingType = "inference.ModelInferRequest", ExtensionNumber = 100 } },
        };
        foreach (var request in missing)
        {
            var error = (await AskAsync(stream, request)).ErrorResponse;
            Assert.Equal((5, true), (error.ErrorCode, error.ErrorMessage.StartsWith("There is no such file, symbol or extension", StringComparison.Ordinal)));
        }

        Assert.Equal(3, (await AskAsync(stream, new())).ErrorResponse.ErrorCode);
        Assert.Empty((await AskAsync(stream, new() { AllExtensionNumbersOfType = "inference.ModelInferRequest" })).AllExtensionNumbersResponse.ExtensionNumber);
        Assert.Equal(3, (await AskAsync(stream, new() { ListServices = "" })).ListServicesResponse.Service.Count);
    }

    private static async Task<ServerReflectionResponse> AskAsync(GrpcStream stream, ServerReflectionRequest request)
    {
        await stream.SendAsync(request);
        return (await stream.ReceiveAsync<ServerReflectionResponse>())!;
    }
}
