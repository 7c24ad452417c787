using System.Net;
using System.Runtime.CompilerServices;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests;

public sealed class ApiDocumentTests
{
    /// <summary>The committed document; <c>GOLDEN=write dotnet test tests/Serve.Tests -c Release</c> writes it anew.</summary>
    [Fact]
    public async Task The_committed_document_is_the_one_that_the_server_gives()
    {
        using var registry = new TestRegistry();
        registry.Publish("fashion", TestModels.Classifier());
        await using var server = await RunningServer.StartAsync(registry);

        var document = (await server.GetAsync("/openapi/v1.json")).Text.TrimEnd() + "\n";

        if (Environment.GetEnvironmentVariable("GOLDEN") == "write")
        {
            await File.WriteAllTextAsync(Golden(), document);
        }

        Assert.Equal(await File.ReadAllTextAsync(Golden()), document);
    }

    [Fact]
    public async Task Every_operation_has_a_name_a_summary_and_the_error_body_for_its_failures()
    {
        using var registry = new TestRegistry();
        registry.Publish("fashion", TestModels.Classifier());
        await using var server = await RunningServer.StartAsync(registry);

        var paths = (await server.GetAsync("/openapi/v1.json")).Json.GetProperty("paths").EnumerateObject().ToList();

        Assert.Equal(22, paths.Count);
        foreach (var operation in paths.SelectMany(p => p.Value.EnumerateObject()).Select(o => o.Value))
        {
            Assert.NotEmpty(operation.GetProperty("operationId").GetString()!);
            Assert.NotEmpty(operation.GetProperty("summary").GetString()!);
            foreach (var response in operation.GetProperty("responses").EnumerateObject().Where(r => r.Name[0] is '4' or '5'))
            {
                Assert.EndsWith("/ErrorBody", response.Value.GetProperty("content").GetProperty("application/json").GetProperty("schema").GetProperty("$ref").GetString(), StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task The_page_of_the_document_needs_no_other_server()
    {
        using var registry = new TestRegistry();
        registry.Publish("fashion", TestModels.Classifier());
        await using var server = await RunningServer.StartAsync(registry);

        var page = await server.GetAsync("/docs/");

        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Contains("swagger-ui-bundle.js", page.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("//", page.Text.Replace("http://www.w3.org", "", StringComparison.Ordinal).Replace("</", "", StringComparison.Ordinal), StringComparison.Ordinal);
        foreach (var file in new[] { "swagger-ui-bundle.js", "swagger-ui.css", "index.js" })
        {
            Assert.Equal(HttpStatusCode.OK, (await server.GetAsync($"/docs/{file}")).Status);
        }
    }

    private static string Golden([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "../../serve/openapi.json");
}
