namespace Toolchain.Bench.Serving;

/// <summary>The server with one small model: how soon it answers, and how much memory it takes.</summary>
internal static class StartUp
{
    private const int Rounds = 7;
    private const int Sent = 1000;

    /// <summary>Measures.</summary>
    public static void Run(BenchOptions bench)
    {
        var (ready, resident, used) = (new List<double>(), new List<double>(), new List<double>());
        var request = Requests.Raw(BenchOptions.Trivial, Picture.Pixels(28, 28, 1));
        for (var round = 0; round < Rounds; round++)
        {
            using var server = bench.StartShared([BenchOptions.Trivial]);
            ready.Add(server.ReadyAfter.TotalMilliseconds);
            using var connection = new HttpConnection(server.Url);
            connection.Send(request);
            resident.Add(server.Resident / 1e6);
            for (var i = 0; i < Sent; i++)
            {
                connection.Send(request);
            }

            used.Add(server.Resident / 1e6);
        }

        Figures.Print("one small model: from the start to «listening»", ready.Median(), "≤ 400", $"{Figures.Short(ready.Min())} to {Figures.Short(ready.Max())} ms in {Rounds} starts", " ms");
        Figures.Print("one small model: resident memory when ready", resident.Median(), "≤ 120", $"after {Sent} requests {Figures.Short(used.Median())} MB", " MB");
    }
}
