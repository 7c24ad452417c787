            for (var i = 0; i < WarmUps; i++)
            {
                Pair();
            }

            var started = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(started) < 2 * bench.Duration)
            {
                var (first, second) = Pair();
                direct.Add(first);
                served.Add(second);
            }
using System.Diagnostics;
using Toolchain.Data;

namespace Toolchain.Bench.Serving;

/// <summary>One client: what the server adds to a run. Every request has a bare run right before it, so that both meet the machine in the same state.</summary>
internal static class SingleImage
{
    private const int WarmUps = 20;

    /// <summary>Measures.</summary>
    public static void Run(BenchOptions bench)
    {
        using var server = bench.Start([BenchOptions.Large]);
        using var bare = new BareSession(bench.FileOf(BenchOptions.Large), bench.Threads, 1);
        using var connection = new HttpConnection(server.Url);
        var (height, width, channels) = (bare.Dimensions[0], bare.Dimensions[1], bare.Dimensions[2]);
        var (pixels, jpeg) = (Picture.Pixels(height, width, channels), Picture.Jpeg(height, width, channels));
        Compare("a raw body over a bare run", Requests.Raw(BenchOptions.Large, pixels), () =>
        {
            pixels.CopyTo(bare.Pixels);
            bare.Run();
        });
        Compare("a JPEG body over decoding and a bare run", Requests.Jpeg(BenchOptions.Large, jpeg), () =>
        {
            ImageDecoder.Decode(jpeg, bare.Pixels, channels, height, width);
            bare.Run();
        });

        void Compare(string what, byte[] request, Action baseline)
        {
            var (served, direct) = (new List<double>(), new List<double>());
            for (var i = 0; i < WarmUps; i++)
            {
                Pair();
            }

            var started = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(started) < 2 * bench.Duration)
            {
                var (first, second) = Pair();
                direct.Add(first);
                served.Add(second);
            }

            Figures.Print($"{BenchOptions.Large}, one client: median of {what}", served.Median() / direct.Median(), "≤ 1.08", $"{Figures.Short(served.Median())} ms / {Figures.Short(direct.Median())} ms");

            (double Direct, double Served) Pair() => (Time(baseline), Time(() => Succeed(connection.Send(request))));
        }
    }

    private static double Time(Action work)
    {
        var started = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    private static void Succeed(int status)
    {
        if (status != 200)
        {
            throw new InvalidOperationException($"The server answered with status {status}.");
        }
    }
}
