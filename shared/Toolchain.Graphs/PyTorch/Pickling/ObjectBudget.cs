namespace Toolchain.Graphs.PyTorch.Pickling;

/// <summary>Counts the objects that the pickles of a file make, so that a small file cannot take much memory.</summary>
internal sealed class ObjectBudget(int maximum)
{
    private int _made;

    internal void Spend(PickleInput input, int count = 1)
    {
        _made += count;
        if (_made > maximum)
        {
            throw input.Fail($"the pickle makes more than {maximum} objects");
        }
    }
}
