using System.Diagnostics;
using System.Globalization;
using Toolchain.Bench;
using Toolchain.Serve.Tests.Support;

// bench-soak SERVE MINUTES: serves two models with the program SERVE on this machine's loopback for some minutes, with every kind of client and a version that changes every second;
// prints what the server takes of the machine after a tenth of the time and at the end, and the ratios. Exits with 1 when something grew, or a client got what it should not.
var (program, time) = (args[0], TimeSpan.FromMinutes(double.Parse(args[1], CultureInfo.InvariantCulture)));
var folder = Directory.CreateTempSubdirectory("soak-");
try
{
    var models = SoakModels.Publish(folder.FullName);
    using var server = Process.Start(new ProcessStartInfo(program, ["--models", folder.FullName, "--urls", "http://127.0.0.1:0", "--model", "echo", "--model", "sum@production", "--tune", "off", "--watch", "on", "--poll-interval", "0.2", "--max-queue-size", "64"]) { RedirectStandardOutput = true })!;
    using var end = new CancellationTokenSource();
    using var traffic = new Traffic(await ListeningAsync(server));
    var (clients, changes) = (traffic.Start(end.Token), models.ChangeAsync(end.Token));
    await Task.Delay(time / 10);
    var (started, before, served) = (Stopwatch.GetTimestamp(), ProcessUsage.Of(server.Id), traffic.Answers);
    await Task.Delay(time - (time / 10));
    var (after, seconds) = (ProcessUsage.Of(server.Id), Stopwatch.GetElapsedTime(started).TotalSeconds);
    var answers = traffic.Answers - served;
    await end.CancelAsync();
    await Task.WhenAll([.. clients, changes]);
    await traffic.StillRightAsync();
    Stop(server);

    Line("", "start", "end", "ratio");
    Row("resident, MB", before.ResidentBytes / 1e6, after.ResidentBytes / 1e6);
    Row("threads", before.Threads, after.Threads);
    Row("handles", before.Handles, after.Handles);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{answers} answers in {seconds:0} s ({answers / seconds:0}/s), {traffic.Refused} refused as they should be, {models.Changes} changes of version, {traffic.Faults.Count} faults"));
    foreach (var fault in traffic.Faults.Take(10))
    {
        Console.WriteLine($"  {fault}");
    }

    // Pools and code that is compiled again may still grow a little; what leaks grows with every request.
    return traffic.Faults.IsEmpty && server.ExitCode == 0 && after.ResidentBytes < before.ResidentBytes * 1.15 && after.Threads <= before.Threads + 4 && after.Handles <= before.Handles + 32 ? 0 : 1;
}
finally
{
    folder.Delete(recursive: true);
}

static async Task<Uri> ListeningAsync(Process server)
{
    const string words = "listening on ";
    while (await server.StandardOutput.ReadLineAsync() is { } line)
    {
        if (line.StartsWith(words, StringComparison.Ordinal))
        {
            return new(line[words.Length..]);
        }
    }

    throw new InvalidOperationException("The server ended before it listened.");
}

static void Stop(Process server)
{
    using var kill = Process.Start("kill", ["-TERM", server.Id.ToString(CultureInfo.InvariantCulture)]);
    server.WaitForExit();
}

static void Row(string what, double before, double after) => Line(what, before.ToString("0.#", CultureInfo.InvariantCulture), after.ToString("0.#", CultureInfo.InvariantCulture), (after / before).ToString("0.00", CultureInfo.InvariantCulture));

static void Line(string what, string before, string after, string ratio) => Console.WriteLine($"{what,-14}{before,10}{after,10}{ratio,8}");
