using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Toolchain.Serve.Features;
using Toolchain.Serve.Http;
using Toolchain.Serve.Protocol;

namespace Toolchain.Serve;

/// <summary>What the OpenAPI document says of bodies that handlers read and write themselves: several types, raw bytes, files.</summary>
internal static class ApiBodies
{
    private const string Png = "image/png";
    private static readonly string[] Images = [Png, "image/jpeg", "image/webp", ResponseBody.Octets];

    /// <summary>Documents the bodies of an infer endpoint: JSON, JSON followed by raw tensors, or one raw tensor.</summary>
    public static RouteHandlerBuilder DescribesInfer(this RouteHandlerBuilder endpoint) => endpoint
        .WithMetadata(new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(InferResponseBody), [ResponseBody.Json]))
        .AddOpenApiOperationTransformer(static async (operation, context, cancellation) =>
        {
            operation.Description = "Without the header, the body is JSON. With it, the first so many bytes are JSON and the raw tensors follow in the order of the inputs; 0 means that the whole body is the one input of a model, "
                + "a single row, or an image file where the model takes images. Images can also be elements of an input of datatype BYTES. "
                + "Large responses are compressed with gzip or deflate when the request accepts it.";
            AddHeader(operation, InferResult.JsonLengthHeader, "Bytes of JSON before the raw tensors, after decompression.", new() { Type = JsonSchemaType.Integer, Minimum = "0" });
            AddCoding(operation);
            operation.RequestBody = new OpenApiRequestBody
            {
                Required = true,
                Content = new Dictionary<string, OpenApiMediaType>
                {
                    [ResponseBody.Json] = new OpenApiMediaType
                    {
                        Schema = await ComponentAsync(context, typeof(InferRequestBody), cancellation).ConfigureAwait(false),
                        Example = JsonNode.Parse("""{"id":"7","inputs":[{"name":"input","shape":[1,4],"datatype":"FP32","data":[0.1,0.2,0.3,0.4]}]}"""),
                    },
                    [ResponseBody.Octets] = Binary(),
                    [Png] = Binary(),
                    ["image/jpeg"] = Binary(),
                },
            };
            if (Success(operation) is { Content: { } content } response)
            {
                content[ResponseBody.Json].Example = JsonNode.Parse(
                    """{"model_name":"fashion","model_version":"1","id":"7","outputs":[{"name":"logits","datatype":"FP32","shape":[1,3],"data":[0.5,-1.25,2]}]}""");
                content[ResponseBody.Octets] = Binary();
                response.Description = "The outputs; raw ones follow the JSON part.";
                response.Headers = new Dictionary<string, IOpenApiHeader> { [InferResult.JsonLengthHeader] = ApiDocument.Header("Bytes of JSON before the raw tensors; only when there are some.") };
            }
        });

    /// <summary>Documents the bodies of the classify endpoint: one image, or a form of several.</summary>
    public static RouteHandlerBuilder DescribesClassify(this RouteHandlerBuilder endpoint) => endpoint
        .WithMetadata(new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(Classification), [ResponseBody.Json]))
        .AddOpenApiOperationTransformer(static async (operation, context, cancellation) =>
        {
            operation.Description = "Every part of a form is a file, and the response has one result for each, in their order. A file that cannot be classified has an error in its place; when none can, the request fails.";
            AddCoding(operation);
            var content = Images.ToDictionary(static type => type, static _ => Binary());
            content["multipart/form-data"] = new OpenApiMediaType
            {
                Schema = new OpenApiSchema
                {
                    Type = JsonSchemaType.Object,
                    Properties = new Dictionary<string, IOpenApiSchema> { ["file"] = new OpenApiSchema { Type = JsonSchemaType.Array, Items = BinarySchema() } },
                    Required = new HashSet<string> { "file" },
                },
            };
            operation.RequestBody = new OpenApiRequestBody { Required = true, Content = content };
            if (Success(operation) is { Content: { } answers } response)
            {
                response.Description = "What the image shows; of a form, what each file shows.";
                answers[ResponseBody.Json] = new OpenApiMediaType
                {
                    Schema = new OpenApiSchema
                    {
                        OneOf =
                        [
                            await ComponentAsync(context, typeof(Classification), cancellation).ConfigureAwait(false),
                            await ComponentAsync(context, typeof(Classifications), cancellation).ConfigureAwait(false),
                        ],
                    },
                    Example = JsonNode.Parse(
                        """{"model":"fashion","version":1,"predictions":[{"label":"Sneaker","index":7,"probability":0.98}],"batch_size":1,"timings_ms":{"queue":0.05,"decode":0.31,"infer":1.2}}"""),
                };
            }
        });

    /// <summary>Documents the bodies of the segment endpoint: one image, and a mask as JSON or PNG.</summary>
    public static RouteHandlerBuilder DescribesSegment(this RouteHandlerBuilder endpoint) => endpoint
        .WithMetadata(new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(Segmentation), [ResponseBody.Json]))
        .AddOpenApiOperationTransformer(static (operation, _, _) =>
        {
            operation.Description = "The mask has the height and width that the model takes. Ask with Accept: image/png for a grey PNG whose values are the classes' indices.";
            AddCoding(operation);
            operation.RequestBody = new OpenApiRequestBody { Required = true, Content = Images.ToDictionary(static type => type, static _ => Binary()) };
            if (Success(operation) is { Content: { } content } response)
            {
                response.Description = "The class of each pixel.";
                content[Png] = Binary();
                content[ResponseBody.Json].Example = JsonNode.Parse(
                    """{"model":"roads","version":1,"height":2,"width":3,"classes":[{"label":"sky","index":0,"pixels":4,"fraction":0.6666666666666666},{"label":"road","index":1,"pixels":2,"fraction":0.3333333333333333}],"runs":[0,4,1,2],"batch_size":1,"timings_ms":{"queue":0.05,"decode":0.31,"infer":1.2}}""");
            }

            return Task.CompletedTask;
        });

    /// <summary>Documents a JSON body that may be left out.</summary>
    public static RouteHandlerBuilder DescribesOptionalJson<T>(this RouteHandlerBuilder endpoint) => endpoint.AddOpenApiOperationTransformer(static async (operation, context, cancellation) =>
    {
        AddCoding(operation);
        operation.RequestBody = new OpenApiRequestBody
        {
            Content = new Dictionary<string, OpenApiMediaType> { [ResponseBody.Json] = new OpenApiMediaType { Schema = await ComponentAsync(context, typeof(T), cancellation).ConfigureAwait(false) } },
        };
    });

    // A schema of its own for clients that are generated, rather than one written out in each place.
    private static async Task<IOpenApiSchema> ComponentAsync(OpenApiOperationTransformerContext context, Type type, CancellationToken cancellation)
    {
        var schema = await context.GetOrCreateSchemaAsync(type, null, cancellation).ConfigureAwait(false);
        context.Document!.AddComponent(type.Name, schema);
        return new OpenApiSchemaReference(type.Name, context.Document);
    }

    private static OpenApiResponse? Success(OpenApiOperation operation) => operation.Responses?["200"] as OpenApiResponse;

    private static void AddCoding(OpenApiOperation operation) =>
        AddHeader(operation, "Content-Encoding", "How the body is compressed, if it is.", new() { Type = JsonSchemaType.String, Enum = [JsonValue.Create("gzip"), JsonValue.Create("deflate")] });

    private static void AddHeader(OpenApiOperation operation, string name, string description, OpenApiSchema schema)
    {
        operation.Parameters ??= [];
        operation.Parameters.Add(new OpenApiParameter { Name = name, In = ParameterLocation.Header, Description = description, Schema = schema });
    }

    private static OpenApiMediaType Binary() => new() { Schema = BinarySchema() };

    private static OpenApiSchema BinarySchema() => new() { Type = JsonSchemaType.String, Format = "binary" };
}
