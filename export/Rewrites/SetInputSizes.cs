using Toolchain.Graphs;

namespace Toolchain.Export.Rewrites;

/// <summary>
/// Fixes sizes of a graph's image input, <c>float32 [N, C, H, W]</c>, or leaves them open, and infers everything behind it again. Where the batch was fixed before,
/// a <c>Reshape</c> that repeats it copies it from now on.
/// </summary>
/// <param name="Sizes">The sizes.</param>
internal sealed record SetInputSizes(InputSizes Sizes) : Rewrite
{
    /// <inheritdoc/>
    public override string Name => "set-input-sizes";

    /// <inheritdoc/>
    public override RewriteResult Apply(Graph graph)
    {
        if (graph.Inputs is not [{ Type: { Element: ElementType.Float32, Shape: { Rank: 4 } shape } } input])
        {
            throw new ToolchainException(
                ErrorKind.BadInput,
                $"Sizes can be set of one image input, float32 [N, C, H, W]; graph '{graph.Name}' has {string.Join(", ", graph.Inputs.Select(static i => $"'{i.Name}' {i.Type}"))}.");
        }

        Shape wanted = [Sizes.Batch ?? shape[0], shape[1], Sizes.Height ?? shape[2], Sizes.Width ?? shape[3]];
        if (wanted.Equals(shape))
        {
            return Changed(graph);
        }

        var (freed, reshapes) = shape[0].IsKnown && wanted[0] != shape[0] ? WithCopiedBatch(graph, shape[0].Value) : (graph, 0);
        var resized = freed with { Inputs = [input with { Type = input.Type with { Shape = wanted } }] };
        var types = Infer(resized, wanted);
        var outputs = graph.Outputs.Select(o => o with { Type = types[o.Name] ?? o.Type }).ToEquatableArray();
        if (outputs.FirstOrDefault(o => o.Type.Shape is not [var batch, ..] || batch != wanted[0]) is { } stuck)
        {
            throw new ToolchainException(
                ErrorKind.BadInput,
                $"Graph '{graph.Name}' cannot have a batch of {wanted[0]}: its output '{stuck.Name}' is {stuck.Type} then, because a node inside states another size.");
        }

        return Changed(
            resized with { Outputs = outputs },
            new(wanted.Zip(shape).Count(static d => d.First != d.Second), "sizes set"),
            new(reshapes, "reshapes freed"));
    }

    private static GraphTypes Infer(Graph graph, Shape shape)
    {
        try
        {
            return GraphTypes.Infer(graph);
        }
        catch (ToolchainException misfit)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"Graph '{graph.Name}' cannot take {shape}: {misfit.Message}", misfit);
        }
    }

    private static (Graph Graph, int Freed) WithCopiedBatch(Graph graph, long batch)
    {
        var types = GraphTypes.Infer(graph);
        return CopiedBatch.In(graph, batch, value => types[value]?.Shape is [var leading, ..] && leading == batch);
    }
}

/// <summary>Sizes of an image input; null leaves one as it is, a symbol leaves it open.</summary>
internal sealed record InputSizes(Dimension? Batch = null, Dimension? Height = null, Dimension? Width = null)
{
    /// <summary>Whether images have another size than before.</summary>
    public bool ChangesImages => Height is not null || Width is not null;
}
