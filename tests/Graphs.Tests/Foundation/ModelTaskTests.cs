namespace Toolchain.Graphs.Tests.Foundation;

public sealed class ModelTaskTests
{
    [Fact]
    public void Every_task_is_read_from_the_word_that_it_is_written_as()
    {
        Assert.Equal(["classification", "regression", "segmentation"], Enum.GetValues<ModelTask>().Select(static t => t.Text()));
        Assert.All(Enum.GetValues<ModelTask>(), static t => Assert.Equal(t, ModelTasks.Parse(t.Text())));
    }

    [Fact]
    public void Another_word_is_a_usage_error()
    {
        var refusal = Assert.Throws<ToolchainException>(static () => ModelTasks.Parse("detection"));
        Assert.Equal((ErrorKind.Usage, "Task 'detection' is not known. Expected classification, regression or segmentation."), (refusal.Kind, refusal.Message));
    }
}
