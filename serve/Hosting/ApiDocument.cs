using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.OpenApi;
using Toolchain.Registry;
using Toolchain.Serve.Http;

namespace Toolchain.Serve;

/// <summary>The OpenAPI document: what handlers' types cannot say is added here, and for bodies in <see cref="ApiBodies"/>.</summary>
internal static class ApiDocument
{
    /// <summary>Adds the document <c>v1</c>.</summary>
    public static IServiceCollection AddApiDocument(this IServiceCollection services) => services.AddOpenApi(static options =>
    {
        options.AddSchemaTransformer(static (schema, context, _) =>
        {
            if (context.JsonTypeInfo.Type == typeof(ErrorBody))
            {
                schema.Examples = [JsonNode.Parse("""{"error":"Request for unknown model: 'fashion' is not found"}""")!];
            }

            return Task.CompletedTask;
        });
        options.AddDocumentTransformer(static (document, _, _) =>
        {
            document.Info = new()
            {
                Title = "Toolchain model server",
                Version = ToolSpec.Current.Version,
                Description = "Open Inference Protocol v2 (REST) as Triton speaks it, and a plain way to classify and segment images. Every failure has the body {\"error\": \"…\"}, "
                    + "also those that no operation names: 404 for a path that is not there, 405 with Allow for a method that a path does not have.",
            };

            // The address is where the document came from; a written one would be that of the machine that wrote it.
            document.Servers = [];
            foreach (var operation in document.Paths.Values.SelectMany(static path => path.Operations?.Values ?? Enumerable.Empty<OpenApiOperation>()))
            {
                DescribeParameters(operation);
                DescribeResponses(operation);
            }

            return Task.CompletedTask;
        });
    });

    /// <summary>Documents failures: each has the same body.</summary>
    public static TBuilder ProducesErrors<TBuilder>(this TBuilder endpoints, params int[] statuses)
        where TBuilder : IEndpointConventionBuilder => endpoints.WithMetadata([.. statuses.Select(static status => new ProducesResponseTypeMetadata(status, typeof(ErrorBody), [ResponseBody.Json]))]);

    private static void DescribeParameters(OpenApiOperation operation)
    {
        foreach (var parameter in operation.Parameters?.OfType<OpenApiParameter>() ?? [])
        {
            parameter.Description ??= parameter.Name switch
            {
                "model" => "The model's name, for its highest version that is served, or name@alias.",
                "version" => "The version number.",
                "reference" => "name (the highest version that is served), name:3 or name@alias.",
                "top" => "Most classes that are returned, from 1.",
                "explain" => "Whether the response says why its batch was what it was.",
                _ => null,
            };
            parameter.Example ??= parameter.Name switch
            {
                "model" or "reference" => JsonValue.Create("fashion"),
                "version" => JsonValue.Create("1"),
                _ => null,
            };
        }
    }

    private static void DescribeResponses(OpenApiOperation operation)
    {
        foreach (var (status, response) in operation.Responses ?? [])
        {
            if (response is OpenApiResponse own)
            {
                own.Description = Meaning(status) ?? own.Description;
                if (status == "503")
                {
                    own.Headers ??= new Dictionary<string, IOpenApiHeader>();
                    own.Headers["Retry-After"] = Header("Seconds after which to try again.");
                }
                else if (status == "501")
                {
                    own.Headers ??= new Dictionary<string, IOpenApiHeader>();
                    own.Headers["Accept-Encoding"] = new OpenApiHeader { Description = "The content codings that are taken; only where another one is the reason.", Schema = new OpenApiSchema { Type = JsonSchemaType.String } };
                }
            }
        }
    }

    /// <summary>A header whose value is a whole number.</summary>
    internal static OpenApiHeader Header(string description) => new() { Description = description, Schema = new OpenApiSchema { Type = JsonSchemaType.Integer } };

    private static string? Meaning(string status) => status switch
    {
        "400" => "The request is wrong, or the model could not be loaded; the error says what to do.",
        "403" => "The server does not let clients do this.",
        "404" => "There is no such model or version.",
        "408" => "The body came too slowly.",
        "413" => "The body is larger than the server takes, before or after it was decompressed.",
        "415" => "A body of this type is not taken.",
        "500" => "The model failed on the request, or the server has a defect; then its log says more.",
        "501" => "The protocol has what the request asks for, and this server does not; or the body has a content coding other than gzip and deflate.",
        "503" => "No place in the queue, too late, or the server is starting or stopping.",
        _ => null,
    };
}
