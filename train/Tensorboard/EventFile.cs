using System.Buffers.Binary;
using System.Globalization;
using Google.Protobuf;
using Toolchain.Train.Loop;
using Toolchain.Train.Observation;
using Toolchain.Train.Tensorboard.Schema;

namespace Toolchain.Train.Tensorboard;

/// <summary>
/// A file of TensorBoard's events, in TFRecord framing: the length as <c>uint64</c>, its masked CRC-32C, the message, its masked CRC-32C, all little-endian.
/// TensorBoard reads it while it grows, and leaves out a last event that is torn.
/// </summary>
internal sealed class EventFile : IDisposable
{
    private const int Header = sizeof(ulong) + sizeof(uint);
    private const int Footer = sizeof(uint);

    private readonly TimeProvider _time;
    private readonly RecordFile _file;

    /// <summary>Begins a new file.</summary>
    /// <param name="folder">The folder, which may have files of the same run already: TensorBoard reads them one after the other.</param>
    /// <param name="time">Names the file and dates the events.</param>
    /// <exception cref="ToolchainException">The file system refuses (<see cref="ErrorKind.Unavailable"/>).</exception>
    public EventFile(string folder, TimeProvider time)
    {
        _time = time;
        _file = RunFolder.Guarded(folder, () => Create(folder, time.GetUtcNow().ToUnixTimeSeconds()));
        Write(0, new Event { FileVersion = "brain.Event:2" });
    }

    /// <summary>Seconds since 1970.</summary>
    public double Now => (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;

    /// <summary>Adds values that belong to a step.</summary>
    public void Write(long step, params IEnumerable<Summary.Types.Value> values)
    {
        var summary = new Summary { Value = { values } };
        if (summary.Value.Count > 0)
        {
            Write(step, new Event { Summary = summary });
        }
    }

    /// <summary>Adds an event; its time and step are set here.</summary>
    public void Write(long step, Event entry)
    {
        (entry.Step, entry.WallTime) = (step, Now);
        var length = entry.CalculateSize();
        var record = new byte[Header + length + Footer];
        BinaryPrimitives.WriteUInt64LittleEndian(record, (ulong)length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(sizeof(ulong)), Crc32C.MaskedOf(record.AsSpan(0, sizeof(ulong))));
        entry.WriteTo(record.AsSpan(Header, length));
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(Header + length), Crc32C.MaskedOf(record.AsSpan(Header, length)));
        _file.Append(record);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    // TensorBoard knows its files by «tfevents» in the name, and takes them in the order of their names.
    private static RecordFile Create(string folder, long seconds)
    {
        Directory.CreateDirectory(folder);
        for (var number = 0; ; number++)
        {
            var path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"events.out.tfevents.{seconds:d10}.{number:d3}"));
            try
            {
                return new(path, RecordFile.Open(path, FileMode.CreateNew));
            }
            catch (IOException) when (File.Exists(path))
            {
            }
        }
    }
}
