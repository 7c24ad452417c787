using Google.Protobuf.Reflection;
using Toolchain.Serve.Grpc.Messages.Reflection;
using static Toolchain.Serve.Grpc.Messages.Reflection.ServerReflectionRequest;

namespace Toolchain.Serve.Grpc.Services;

/// <summary>gRPC's server reflection: what services there are, and what their messages have. A question that has no answer does not end the stream.</summary>
internal sealed class ReflectionMethods(IHostApplicationLifetime lifetime)
{
    // Nobody may ever ask.
    private readonly Lazy<Dictionary<string, FileDescriptor>> _symbols = new(static () => Files.SelectMany(static file => Symbols(file).Select(symbol => (symbol, file))).ToDictionary());

    private static FileDescriptor[] Files => [Messages.InferenceReflection.Descriptor, Messages.Health.HealthReflection.Descriptor, ReflectionReflection.Descriptor];

    /// <summary><c>ServerReflectionInfo</c>: an answer to each question, in their order, until the client ends the stream.</summary>
    public async ValueTask<GrpcStatus> RunAsync(GrpcCall call)
    {
        call.AllowSlowness();
        using var stopping = lifetime.ApplicationStopping.UnsafeRegister(static messages => ((MessageReader)messages!).Stop(), call.Messages);
        while (await call.Messages.ReadAsync().ConfigureAwait(false) is { } message)
        {
            using (message)
            {
                await call.WriteAsync(Answer(Parser.ParseFrom(message.Span))).ConfigureAwait(false);
            }

            await call.FlushAsync().ConfigureAwait(false);
        }

        return GrpcStatus.Ok;
    }

    private ServerReflectionResponse Answer(ServerReflectionRequest request)
    {
        var answer = new ServerReflectionResponse { ValidHost = request.Host, OriginalRequest = request };
        switch (request.MessageRequestCase)
        {
            case MessageRequestOneofCase.ListServices:
                answer.ListServicesResponse = new() { Service = { Files.SelectMany(static file => file.Services).Select(static service => new ServiceResponse { Name = service.FullName }) } };
                break;
            case MessageRequestOneofCase.FileByFilename when Array.Find(Files, each => each.Name == request.FileByFilename) is { } file:
                answer.FileDescriptorResponse = Describe(file);
                break;
            case MessageRequestOneofCase.FileContainingSymbol when _symbols.Value.TryGetValue(request.FileContainingSymbol, out var file):
                answer.FileDescriptorResponse = Describe(file);
                break;
            case MessageRequestOneofCase.AllExtensionNumbersOfType when _symbols.Value.ContainsKey(request.AllExtensionNumbersOfType):
                // The language of these files (proto3) has no extensions.
                answer.AllExtensionNumbersResponse = new() { BaseTypeName = request.AllExtensionNumbersOfType };
                break;
            case MessageRequestOneofCase.None:
                answer.ErrorResponse = Error(GrpcCode.InvalidArgument, "The request asks for nothing.");
                break;
            default:
                answer.ErrorResponse = Error(GrpcCode.NotFound, $"There is no such file, symbol or extension: {Asked(request)}. Services: {GrpcMethods.Services}.");
                break;
        }

        return answer;
    }

    private static string Asked(ServerReflectionRequest request) => request.MessageRequestCase switch
    {
        MessageRequestOneofCase.FileByFilename => request.FileByFilename,
        MessageRequestOneofCase.FileContainingSymbol => request.FileContainingSymbol,
        MessageRequestOneofCase.AllExtensionNumbersOfType => request.AllExtensionNumbersOfType,
        MessageRequestOneofCase.FileContainingExtension => $"{request.FileContainingExtension.ContainingType} {request.FileContainingExtension.ExtensionNumber}",
        var other => throw new ArgumentOutOfRangeException(nameof(request), other, "Unknown question."),
    };

    private static FileDescriptorResponse Describe(FileDescriptor file) => new() { FileDescriptorProto = { file.Dependencies.Prepend(file).Select(static each => each.SerializedData) } };

    private static ErrorResponse Error(GrpcCode code, string message) => new() { ErrorCode = (int)code, ErrorMessage = StatusMessage.Shorten(message) };

    private static IEnumerable<string> Symbols(FileDescriptor file) =>
        file.Services.SelectMany(static service => service.Methods.Select(static method => method.FullName).Prepend(service.FullName))
            .Concat(file.MessageTypes.SelectMany(Symbols))
            .Concat(file.EnumTypes.SelectMany(Symbols));

    private static IEnumerable<string> Symbols(MessageDescriptor message) =>
        message.Fields.InDeclarationOrder().Select(static field => field.FullName).Prepend(message.FullName)
            .Concat(message.NestedTypes.SelectMany(Symbols))
            .Concat(message.EnumTypes.SelectMany(Symbols));

    // The values of an enumeration are named beside it, not in it.
    private static IEnumerable<string> Symbols(EnumDescriptor type) => type.Values.Select(value => type.FullName[..^type.Name.Length] + value.Name).Prepend(type.FullName);
}
