using System.Text.Json;

namespace Toolchain.Serve.Features;

/// <summary>An infer request, as the OpenAPI document describes it; the server reads it without making these objects.</summary>
/// <param name="Inputs">The inputs, in the order of their binary data.</param>
/// <param name="Id">The client's name for the request; comes back with the response.</param>
/// <param name="Parameters">
/// <c>binary_data_output</c> (boolean): outputs are raw unless they say otherwise; <c>timeout</c> (integer): how long it may wait, in µs;
/// <c>priority</c> (integer): 1 is the highest, 0 the server's default; <c>explain</c> (boolean): the response says why its batch was what it was.
/// </param>
/// <param name="Outputs">The outputs that are wanted; all when absent.</param>
internal sealed record InferRequestBody(
    IReadOnlyList<InferInputBody> Inputs, string? Id = null, IReadOnlyDictionary<string, JsonElement>? Parameters = null, IReadOnlyList<InferOutputRequestBody>? Outputs = null);

/// <summary>An input.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Shape">Its shape, batch first.</param>
/// <param name="Datatype">BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, FP16, FP32, FP64 or BF16; or BYTES with an image file for each row, of shape [rows], where the model takes images.</param>
/// <param name="Parameters"><c>binary_data_size</c> (integer): its values are so many bytes after the JSON part, instead of <c>data</c>.</param>
/// <param name="Data">Its values in row-major order, flat or nested; NaN and the infinities are the strings "NaN", "Infinity" and "-Infinity", or these words bare.</param>
internal sealed record InferInputBody(string Name, IReadOnlyList<long> Shape, string Datatype, IReadOnlyDictionary<string, JsonElement>? Parameters = null, IReadOnlyList<JsonElement>? Data = null);

/// <summary>An output that is wanted.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Parameters"><c>binary_data</c> (boolean): whether it is wanted raw; <c>classification</c> (integer): how many of the likeliest classes are wanted in its place, as BYTES "value:index:label".</param>
internal sealed record InferOutputRequestBody(string Name, IReadOnlyDictionary<string, JsonElement>? Parameters = null);

/// <summary>The response to an infer request.</summary>
/// <param name="ModelName">The model's name.</param>
/// <param name="ModelVersion">The version that answered.</param>
/// <param name="Outputs">The outputs, in the order that was asked for.</param>
/// <param name="Id">The client's name for the request.</param>
/// <param name="Parameters">
/// Only when the request has the parameter <c>explain</c>: <c>batch_size</c> (rows that ran together), <c>batch_requests</c>, <c>batch_closed_by</c> (idle, full, preferred, delay or deadline),
/// <c>instance</c>, <c>queue_us</c> and <c>infer_us</c>.
/// </param>
internal sealed record InferResponseBody(string ModelName, string ModelVersion, IReadOnlyList<InferOutputBody> Outputs, string? Id = null, IReadOnlyDictionary<string, JsonElement>? Parameters = null);

/// <summary>An output.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Datatype">The word for its type.</param>
/// <param name="Shape">Its shape, batch first.</param>
/// <param name="Parameters"><c>binary_data_size</c> (integer): its values are so many bytes after the JSON part, instead of <c>data</c>.</param>
/// <param name="Data">Its values in row-major order, flat; NaN and the infinities are the strings "NaN", "Infinity" and "-Infinity".</param>
internal sealed record InferOutputBody(string Name, string Datatype, IReadOnlyList<long> Shape, IReadOnlyDictionary<string, JsonElement>? Parameters = null, IReadOnlyList<JsonElement>? Data = null);
