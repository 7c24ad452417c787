namespace Toolchain.Serve.Batching;

/// <summary>
/// Requests in the order in which they are served: by arrival, moved by priority. The links are in the requests themselves, which are in one
/// list at most, so adding and removing allocate nothing. Not for use from several threads.
/// </summary>
internal sealed class LeaseList
{
    private RowLease? _last;

    /// <summary>The request that is served next; null when there is none.</summary>
    public RowLease? First { get; private set; }

    /// <summary>Whether a request would be the first.</summary>
    public bool IsFirst(RowLease lease) => First is null || lease.Order < First.Order;

    /// <summary>Adds a request in its place: behind all that are served before it or came earlier.</summary>
    public void Add(RowLease lease)
    {
        var before = _last;
        while (before is not null && before.Order > lease.Order)
        {
            before = before.Before;
        }

        (lease.Before, lease.After) = (before, before is null ? First : before.After);
        Link(lease, lease);
    }

    /// <summary>Takes a request out.</summary>
    public void Remove(RowLease lease)
    {
        Link(lease, null);
        (lease.Before, lease.After) = (null, null);
    }

    // Makes both neighbours point at the request, or past it.
    private void Link(RowLease lease, RowLease? own)
    {
        if (lease.Before is { } before)
        {
            before.After = own ?? lease.After;
        }
        else
        {
            First = own ?? lease.After;
        }

        if (lease.After is { } after)
        {
            after.Before = own ?? lease.Before;
        }
        else
        {
            _last = own ?? lease.Before;
        }
    }
}
