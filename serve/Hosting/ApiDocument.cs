using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Toolchain.Registry;
using Toolchain.Serve.Features;
using Toolchain.Serve.Http;
using Toolchain.Serve.Protocol;

namespace Toolchain.Serve;

/// <summary>The OpenAPI document: what handlers' types cannot say is added here.</summary>
internal static class ApiDocument
{
    private const string Json = "application/json";
    private const string Octets = "application/octet-stream";

    /// <summary>Adds the document <c>v1</c>.</summary>
    public static IServiceCollection AddApiDocument(this IServiceCollection services) => services.AddOpenApi(static options => options.AddDocumentTransformer(static (document, _, _) =>
    {
        document.Info = new()
        {
            Title = "Toolchain model server",
            Version = ToolSpec.Current.Version,
            Description = "Open Inference Protocol v2 (REST) as Triton speaks it, and a plain way to classify images. Every failure has the body {\"error\": \"…\"}.",
        };

        // The address is where the document came from; a written one would be that of the machine that wrote it.
        document.Servers = [];
        return Task.CompletedTask;
    }));

    /// <summary>Documents failures: each has the same body.</summary>
    public static TBuilder ProducesErrors<TBuilder>(this TBuilder endpoints, params int[] statuses)
        where TBuilder : IEndpointConventionBuilder => endpoints.WithMetadata([.. statuses.Select(static status => new ProducesResponseTypeMetadata(status, typeof(ErrorBody), [Json]))]);

    /// <summary>Documents the bodies of an infer endpoint: JSON, JSON followed by raw tensors, or one raw tensor.</summary>
    public static RouteHandlerBuilder DescribesInfer(this RouteHandlerBuilder endpoint) => endpoint
        .WithMetadata(new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(InferResponseBody), [Json]))
        .AddOpenApiOperationTransformer(static async (operation, context, cancellation) =>
        {
            operation.Description = "Without the header, the body is JSON. With it, the first so many bytes are JSON and the raw tensors follow in the order of the inputs; 0 means that the whole body is the one input of a model, a single row.";
            operation.Parameters ??= [];
            operation.Parameters.Add(new OpenApiParameter
            {
                Name = InferResult.JsonLengthHeader,
                In = ParameterLocation.Header,
                Description = "Bytes of JSON before the raw tensors.",
                Schema = new OpenApiSchema { Type = JsonSchemaType.Integer, Minimum = "0" },
            });
            operation.RequestBody = new OpenApiRequestBody
            {
                Required = true,
                Content = new Dictionary<string, OpenApiMediaType>
                {
                    [Json] = new() { Schema = await ComponentAsync(context, typeof(InferRequestBody), cancellation).ConfigureAwait(false) },
                    [Octets] = new() { Schema = Binary() },
                },
            };
            if (operation.Responses?["200"] is OpenApiResponse { Content: { } content } response)
            {
                content[Octets] = new() { Schema = Binary() };
                response.Description = "The outputs; raw ones follow the JSON part.";
                response.Headers = new Dictionary<string, IOpenApiHeader>
                {
                    [InferResult.JsonLengthHeader] = new OpenApiHeader { Description = "Bytes of JSON before the raw tensors; only when there are some.", Schema = new OpenApiSchema { Type = JsonSchemaType.Integer } },
                };
            }

            DescribeRetry(operation);
        });

    /// <summary>Documents the bodies of the classify endpoint.</summary>
    public static RouteHandlerBuilder DescribesClassify(this RouteHandlerBuilder endpoint) => endpoint
        .WithMetadata(new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(Classification), [Json]))
        .AddOpenApiOperationTransformer(static (operation, _, _) =>
        {
            operation.RequestBody = new OpenApiRequestBody
            {
                Required = true,
                Content = new[] { "image/png", "image/jpeg", "image/webp", Octets }.ToDictionary(static type => type, static _ => new OpenApiMediaType { Schema = Binary() }),
            };
            DescribeRetry(operation);
            return Task.CompletedTask;
        });

    // A schema of its own for clients that are generated, rather than one written out in each place.
    private static async Task<IOpenApiSchema> ComponentAsync(OpenApiOperationTransformerContext context, Type type, CancellationToken cancellation)
    {
        var schema = await context.GetOrCreateSchemaAsync(type, null, cancellation).ConfigureAwait(false);
        context.Document!.AddComponent(type.Name, schema);
        return new OpenApiSchemaReference(type.Name, context.Document);
    }

    private static void DescribeRetry(OpenApiOperation operation)
    {
        if (operation.Responses?["503"] is OpenApiResponse busy)
        {
            busy.Headers = new Dictionary<string, IOpenApiHeader>
            {
                ["Retry-After"] = new OpenApiHeader { Description = "Seconds after which to try again.", Schema = new OpenApiSchema { Type = JsonSchemaType.Integer } },
            };
        }
    }

    private static OpenApiSchema Binary() => new() { Type = JsonSchemaType.String, Format = "binary" };
}
