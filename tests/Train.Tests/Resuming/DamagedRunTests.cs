using Toolchain.Graphs.Safetensors;
using Toolchain.Registry.Cli;
using Toolchain.Train.Tests.Support;
using static Toolchain.Train.Tests.Resuming.StoppedRuns;

namespace Toolchain.Train.Tests.Resuming;

/// <summary><c>train resume</c> of a run whose files were damaged since it stopped.</summary>
public sealed class DamagedRunTests
{
    private readonly Workplace _work = new();

    [Theory]
    [InlineData("cut short")]
    [InlineData("empty")]
    [InlineData("one bit of a tensor")]
    [InlineData("one bit of a number")]
    [InlineData("overwritten")]
    public async Task A_damaged_state_costs_an_interval_and_not_the_run(string damage)
    {
        await StopAsync(_work, "epoch  3 ", Small);
        var states = States();
        Assert.Equal(2, states.Length);
        Damage(states[1], bytes => damage switch
        {
            "cut short" => bytes[..1000],
            "empty" => [],
            "one bit of a tensor" => Flipped(bytes, bytes.Length - 9),
            "one bit of a number" => Flipped(bytes, bytes.AsSpan().IndexOf("learning_rate"u8) + 20),
            "overwritten" => new byte[bytes.Length],
            _ => throw new ArgumentOutOfRangeException(nameof(damage), damage, "Unknown damage."),
        });
        var resumed = await _work.CallAsync("resume", _work.Run);
        Assert.True(resumed.ExitCode == ExitCode.Ok, resumed.Error);
        Assert.Contains("The state before it is taken.", resumed.Error, StringComparison.Ordinal);
        await SameAsUninterruptedAsync();
    }

    [Fact]
    public async Task When_all_states_are_damaged_the_training_begins_again()
    {
        await StopAsync(_work, "epoch  3 ", Small);
        Array.ForEach(States(), static state => Damage(state, static bytes => Flipped(bytes, bytes.Length - 9)));
        var resumed = await _work.CallAsync("resume", _work.Run);
        Assert.True(resumed.ExitCode == ExitCode.Ok, resumed.Error);
        Assert.Contains("There is no other state, so the training begins again.", resumed.Error, StringComparison.Ordinal);
        Assert.Equal(2, Directory.GetFiles(Path.Combine(_work.Run, "checkpoints"), "state-*.damaged").Length);
        await SameAsUninterruptedAsync();
    }

    [Fact]
    public async Task A_state_of_another_toolchain_is_left_as_it_is()
    {
        await StopAsync(_work, "epoch  1 ", Small);
        var state = States()[^1];
        var file = SafetensorsFile.Read(await File.ReadAllBytesAsync(state));
        SafetensorsFile.Write(state, file.Tensors, new Dictionary<string, string>(file.Metadata) { ["format"] = "toolchain training state 99" });
        var bytes = await File.ReadAllBytesAsync(state);
        var resumed = await _work.CallAsync("resume", _work.Run);
        Assert.Equal(ExitCode.Mismatch, resumed.ExitCode);
        Assert.Contains("is a training state of another toolchain: its format is 'toolchain training state 99'", resumed.Error, StringComparison.Ordinal);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(state));
    }

    [Fact]
    public async Task Damaged_weights_of_the_best_epoch_are_never_published()
    {
        await StopAsync(_work, "epoch  2 ", Small);
        var (best, last) = (Path.Combine(_work.Run, "checkpoints", "best.safetensors"), Path.Combine(_work.Run, "checkpoints", "last.safetensors"));
        Assert.Equal(await File.ReadAllBytesAsync(last), await File.ReadAllBytesAsync(best));
        Damage(last, static bytes => Flipped(bytes, bytes.Length - 9));
        Damage(best, static bytes => Flipped(bytes, bytes.Length - 9));
        var lost = await _work.CallAsync("resume", _work.Run);
        Assert.Equal(ExitCode.BadInput, lost.ExitCode);
        Assert.Contains("best.safetensors' is damaged: its content is not what was written (its checksum is another). These are the weights of the best epoch so far, 2,", lost.Error, StringComparison.Ordinal);

        // The last epoch was the best one, so its file is a copy.
        Damage(last, static bytes => Flipped(bytes, bytes.Length - 9));
        var resumed = await _work.CallAsync("resume", _work.Run);
        Assert.True(resumed.ExitCode == ExitCode.Ok, resumed.Error);
        Assert.Contains("last.safetensors' is taken.", resumed.Error, StringComparison.Ordinal);
        await SameAsUninterruptedAsync();
    }

    [Theory]
    [InlineData("checkpoints/last.safetensors")]
    [InlineData("log.jsonl")]
    public async Task Damage_to_what_training_does_not_need_stops_nothing(string file)
    {
        await StopAsync(_work, "epoch  2 ", Small);
        Damage(Path.Combine(_work.Run, file), static bytes => [.. "garbage\n"u8, .. bytes[8..]]);
        var resumed = await _work.CallAsync("resume", _work.Run);
        Assert.True(resumed.ExitCode == ExitCode.Ok, resumed.Error);
        await SameAsUninterruptedAsync();
    }

    private static void Damage(string file, Func<byte[], byte[]> damage) => File.WriteAllBytes(file, damage(File.ReadAllBytes(file)));

    private static byte[] Flipped(byte[] bytes, int at)
    {
        bytes[at] ^= 1;
        return bytes;
    }

    private string[] States() => [.. Directory.GetFiles(Path.Combine(_work.Run, "checkpoints"), "state-*.safetensors").Order(StringComparer.Ordinal)];

    private async Task SameAsUninterruptedAsync()
    {
        var straight = new Workplace();
        await straight.TrainedAsync(Small);
        SameModel(straight, _work, "mlp");
    }
}
