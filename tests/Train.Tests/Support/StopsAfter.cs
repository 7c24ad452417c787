using System.Text;

namespace Toolchain.Train.Tests.Support;

/// <summary>Cancels as soon as a text has been written so often.</summary>
internal sealed class StopsAfter(string text, CancellationTokenSource stop, int occurrence = 1) : StringWriter
{
    private readonly StringBuilder _written = new();

    public override void Write(char value)
    {
        base.Write(value);
        Seen(value.ToString());
    }

    public override void Write(string? value)
    {
        base.Write(value);
        Seen(value ?? "");
    }

    public override void Write(char[] buffer, int index, int count)
    {
        base.Write(buffer, index, count);
        Seen(new(buffer, index, count));
    }

    private void Seen(string written)
    {
        if (!stop.IsCancellationRequested && _written.Append(written).ToString().Split(text).Length > occurrence)
        {
            stop.Cancel();
        }
    }
}
