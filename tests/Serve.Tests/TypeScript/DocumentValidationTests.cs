namespace Toolchain.Serve.Tests.TypeScript;

/// <summary>The committed OpenAPI document, in the eyes of two validators of others.</summary>
public sealed class DocumentValidationTests
{
    [Fact]
    public void Validators_find_nothing_wrong_with_the_document()
    {
        using var node = new NodeTools();

        Assert.Equal("", node.Run("validate.mjs", NodeTools.Document));
    }

    [Fact]
    public void They_do_find_what_is_wrong()
    {
        using var node = new NodeTools();
        var broken = Path.Combine(node.Folder, "broken.json");
        File.WriteAllText(broken, File.ReadAllText(NodeTools.Document)
            .Replace("\"in\": \"path\"", "\"in\": \"nowhere\"", StringComparison.Ordinal)
            .Replace("#/components/schemas/ErrorBody", "#/components/schemas/Missing", StringComparison.Ordinal)
            .Replace("\"operationId\": \"getLive\"", "\"operationId\": \"getReady\"", StringComparison.Ordinal));

        var problems = node.Run("validate.mjs", broken);

        Assert.All(["schema: ", "no-unresolved-refs: ", "operation-operationId-unique: ", "path-parameters-defined: "], problem => Assert.Contains(problem, problems, StringComparison.Ordinal));
    }
}
