using Toolchain.Graphs;
using Toolchain.Networks;
using Toolchain.Train.Losses;

namespace Toolchain.Train.Tests.Losses;

/// <summary>What options mean, and which combinations are refused.</summary>
public sealed class LossOptionsTests
{
    public static TheoryData<string, ModelTask> Pairs => [.. LossCatalog.Kinds.SelectMany(static _ => Enum.GetValues<ModelTask>(), static (kind, task) => new TheoryDataRow<string, ModelTask>(kind.Name, task))];

    [Theory]
    [InlineData(ModelTask.Classification, OutputForm.Logits, "cross-entropy")]
    [InlineData(ModelTask.Classification, OutputForm.LogProbabilities, "nll")]
    [InlineData(ModelTask.Segmentation, OutputForm.Logits, "cross-entropy")]
    [InlineData(ModelTask.Regression, OutputForm.Logits, "mse")]
    public void Every_task_has_a_usual_loss(ModelTask task, OutputForm form, string name)
    {
        using var loss = LossCatalog.Create(new(), task, 10, form);
        Assert.Equal(name, loss.Name);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void A_loss_is_made_for_its_tasks_and_refused_for_others(string name, ModelTask task)
    {
        var kind = LossCatalog.Get(name);
        var form = name == "nll" ? OutputForm.LogProbabilities : OutputForm.Logits;
        if (kind.Tasks.Contains(task))
        {
            using var loss = LossCatalog.Create(new() { Name = name }, task, 10, form);
            Assert.Contains(task, loss.Tasks);
            return;
        }

        var refusal = Refused(new() { Name = name }, task, form);
        Assert.StartsWith($"loss {name} is for ", refusal, StringComparison.Ordinal);
        Assert.Contains($"and the task is {ModelTasks.Text(task)}, which has ", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void A_setting_of_another_loss_is_refused_by_every_loss_that_lacks_it()
    {
        var settings = new Dictionary<LossSetting, LossOptions>
        {
            [LossSetting.LabelSmoothing] = new() { LabelSmoothing = 0.1 },
            [LossSetting.ClassWeights] = new() { ClassWeights = [1, 2] },
            [LossSetting.Beta] = new() { Beta = 0.5 },
            [LossSetting.Gamma] = new() { Gamma = 1 },
            [LossSetting.Smoothing] = new() { Smoothing = 2 },
        };
        Assert.Equal(Enum.GetValues<LossSetting>(), settings.Keys.Order());
        foreach (var kind in LossCatalog.Kinds)
        {
            foreach (var (setting, options) in settings)
            {
                var named = options with { Name = kind.Name };
                var form = kind.Name == "nll" ? OutputForm.LogProbabilities : OutputForm.Logits;
                if (kind.Settings.Contains(setting))
                {
                    LossCatalog.Create(named, kind.Tasks[0], 2, form).Dispose();
                }
                else
                {
                    Assert.Contains($"not to {kind.Name}.", Refused(named, kind.Tasks[0], form, 2), StringComparison.Ordinal);
                }
            }
        }
    }

    [Fact]
    public void All_problems_are_reported_together() => Assert.Equal(
        "loss mse is for regression, and the task is classification, which has cross-entropy, nll, bce, focal; "
        + "label smoothing belongs to loss cross-entropy, not to mse; a weight per class belongs to loss cross-entropy, nll, focal, not to mse; "
        + "label smoothing is 1.5; it must be 0 to 1; there are 2 class weights for 10 classes; class weights must be at least 0 and not all 0; found 1, -2.",
        Refused(new() { Name = "mse", LabelSmoothing = 1.5, ClassWeights = [1, -2] }, ModelTask.Classification));

    [Theory]
    [InlineData("smooth-l1", ModelTask.Regression, 0.0, null, null, "beta is 0; it must be above 0 (loss l1 is the limit).")]
    [InlineData("focal", ModelTask.Classification, null, -1.0, null, "gamma is -1; it must be at least 0.")]
    [InlineData("dice", ModelTask.Segmentation, null, null, double.NaN, "the smoothing of dice is NaN; it must be above 0.")]
    public void A_setting_out_of_its_range_is_refused(string name, ModelTask task, double? beta, double? gamma, double? smoothing, string message) =>
        Assert.Equal(message, Refused(new() { Name = name, Beta = beta, Gamma = gamma, Smoothing = smoothing }, task));

    [Theory]
    [InlineData("nll", OutputForm.Logits, "loss nll takes log-probabilities, and the network ends in logits: take cross-entropy, which equals LogSoftmax and nll.")]
    [InlineData("bce", OutputForm.LogProbabilities, "loss bce takes logits, and the network ends in LogSoftmax: take nll.")]
    [InlineData("cross-entropy", OutputForm.Probabilities, "loss cross-entropy takes logits, and the network ends in Softmax: end it in its logits, or in LogSoftmax for nll.")]
    public void A_loss_that_does_not_fit_the_networks_last_operator_is_refused(string name, OutputForm form, string message) =>
        Assert.Equal(message, Refused(new() { Name = name }, ModelTask.Classification, form));

    [Fact]
    public void An_unknown_loss_names_the_nearest() => Assert.Equal(
        "There is no loss 'cross-entrpy'. There are: cross-entropy, nll, bce, focal, dice, mse, l1, smooth-l1. Did you mean 'cross-entropy'?",
        Refused(new() { Name = "cross-entrpy" }, ModelTask.Classification));

    [Fact]
    public void The_form_of_an_output_is_read_off_the_graph()
    {
        var graph = NetworkCatalog.Get("mlp").Build(new(1, 4, 4), 3);
        Assert.Equal(OutputForm.Logits, OutputForms.Of(graph));
        Assert.Equal(OutputForm.LogProbabilities, OutputForms.Of(EndIn(graph, new LogSoftmax())));
        Assert.Equal(OutputForm.LogProbabilities, OutputForms.Of(EndIn(EndIn(graph, new LogSoftmax(1)), new Identity())));
        Assert.Equal(OutputForm.Probabilities, OutputForms.Of(EndIn(graph, new Softmax())));
        Assert.Equal(OutputForm.Logits, OutputForms.Of(EndIn(graph, new LogSoftmax(0))));
    }

    [Fact]
    public void Task_words_are_read_as_they_are_written()
    {
        Assert.All(Enum.GetValues<ModelTask>(), static task => Assert.Equal(task, ModelTasks.Parse(ModelTasks.Text(task))));
        Assert.EndsWith("Did you mean 'regression'?", Assert.Throws<ToolchainException>(() => ModelTasks.Parse("regresion")).Message, StringComparison.Ordinal);
    }

    private static Graph EndIn(Graph graph, Operator last) => graph with
    {
        Nodes = [.. graph.Nodes, new Node($"end{graph.Nodes.Count}", last, [graph.Outputs[0].Name], [$"end{graph.Nodes.Count}"])],
        Outputs = [graph.Outputs[0] with { Name = $"end{graph.Nodes.Count}" }],
    };

    private static string Refused(LossOptions options, ModelTask task, OutputForm form = OutputForm.Logits, int classes = 10)
    {
        var refusal = Assert.Throws<ToolchainException>(() => LossCatalog.Create(options, task, classes, form));
        Assert.Equal(ErrorKind.Usage, refusal.Kind);
        return refusal.Message;
    }
}
