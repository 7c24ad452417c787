namespace Toolchain.Train.Profiling;

/// <summary>Time by place: a part, a group of layers, a layer's operator, with what lies in it.</summary>
/// <param name="Name">Its name in the one above.</param>
/// <param name="Kind">The part that it belongs to, which gives it its colour: <c>forward</c>, <c>backward</c>….</param>
/// <param name="Seconds">The time in it, that of its children included.</param>
/// <param name="Calls">How often it was entered; of a group the number of its children's calls.</param>
/// <param name="Children">What lies in it, in the order of its first beginning.</param>
internal sealed record ProfileNode(string Name, string Kind, double Seconds, long Calls, IReadOnlyList<ProfileNode> Children);

/// <summary>Makes trees of spans.</summary>
internal static class ProfileTree
{
    /// <summary>One tree for the steps, one for the validation, and one for each background thread, as far as there are spans of them.</summary>
    public static IReadOnlyList<ProfileNode> Of(IReadOnlyList<ProfileSpan> spans, double ticksPerSecond)
    {
        var roots = new Builder("", ProfilePart.Step);
        foreach (var span in spans)
        {
            var place = span switch
            {
                { Thread: { } thread } => roots.Child(thread, ProfilePart.Prepare),
                { Part: ProfilePart.Step or ProfilePart.Validation } => roots.Child(span.Part.Text(), span.Part),
                { Part: ProfilePart.Recompute } => roots.Child(ProfilePart.Step.Text(), ProfilePart.Step).Child(ProfilePart.Backward.Text(), ProfilePart.Backward).Child(span.Part.Text(), span.Part),
                _ => roots.Child(ProfilePart.Step.Text(), ProfilePart.Step).Child(span.Part.Text(), span.Part),
            };
            if (span.Work is { } work)
            {
                foreach (var name in Path(work))
                {
                    place = place.Child(name, span.Part);
                }
            }

            place.Add((span.To - span.From) / ticksPerSecond);
        }

        return [.. roots.Children.Select(static r => r.Build())];
    }

    // The groups that a layer's path names, then the layer with its operator.
    private static IEnumerable<string> Path(IProfiledWork work)
    {
        if (work.Place.Contains(' ', StringComparison.Ordinal))
        {
            return [work.Place];
        }

        var names = work.Place.Split(['.', '/'], StringSplitOptions.RemoveEmptyEntries);
        return names.Length == 0 ? [work.Operation] : [.. names[..^1], $"{names[^1]} {work.Operation}".TrimEnd()];
    }

    private sealed class Builder(string name, ProfilePart part)
    {
        private readonly OrderedDictionary<string, Builder> _children = new(StringComparer.Ordinal);
        private double _seconds;
        private long _calls;

        public IEnumerable<Builder> Children => _children.Values;

        public Builder Child(string child, ProfilePart of)
        {
            if (!_children.TryGetValue(child, out var found))
            {
                _children.Add(child, found = new(child, of));
            }

            return found;
        }

        public void Add(double seconds) => (_seconds, _calls) = (_seconds + seconds, _calls + 1);

        // A group has no time of its own.
        public ProfileNode Build()
        {
            ProfileNode[] children = [.. _children.Values.Select(static c => c.Build())];
            return new(name, part.Text(), _calls > 0 ? _seconds : children.Sum(static c => c.Seconds), _calls > 0 ? _calls : children.Sum(static c => c.Calls), children);
        }
    }
}
