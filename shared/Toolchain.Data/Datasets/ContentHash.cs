using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Toolchain.Data;

/// <summary>The fingerprint of a data set, as <see cref="Dataset.ContentHash"/> documents it.</summary>
internal static class ContentHash
{
    private const int ChunkValues = 16 * 1024;

    public static string Of(Dataset dataset)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        if (IsOfFiles(dataset) || dataset is not { Inputs: ImageInputs, Targets: ClassTargets })
            hash.AppendData(Encoding.UTF8.GetBytes(Kinds(dataset)));
        Append(hash, IsOfFiles(dataset) ? (ReadOnlySpan<int>)[dataset.Count] : [dataset.Count, dataset.Height, dataset.Width, dataset.Channels]);
        Append(hash, dataset.Inputs);
        Append(hash, dataset.Targets);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string Kinds(Dataset dataset) =>
        $"{(dataset.Inputs is TableInputs table ? $"table {string.Join('\t', table.Columns)}" : IsOfFiles(dataset) ? "files" : "images")} {ModelTasks.Text(dataset.Task)} {string.Join('\t', dataset.OutputNames)}\n";

    private static bool IsOfFiles(Dataset dataset) => dataset.Inputs is ImageInputs { Rows.IsIdentified: true };

    private static void Append(IncrementalHash hash, DatasetInputs inputs)
    {
        switch (inputs)
        {
            case ImageInputs images:
                images.Rows.AppendTo(hash);
                break;
            case TableInputs table:
                Append(hash, MemoryMarshal.Cast<float, int>(table.Numbers.Span));
                break;
            default:
                throw new ArgumentException($"Unknown inputs {inputs.GetType().Name}.", nameof(inputs));
        }
    }

    private static void Append(IncrementalHash hash, DatasetTargets targets)
    {
        switch (targets)
        {
            case ClassTargets classes:
                Append(hash, classes.Labels);
                break;
            case ValueTargets values:
                Append(hash, MemoryMarshal.Cast<float, int>(values.Values.Span));
                break;
            case MaskTargets masks:
                hash.AppendData(masks.Masks.Span);
                break;
            default:
                throw new ArgumentException($"Unknown targets {targets.GetType().Name}.", nameof(targets));
        }
    }

    private static void Append(IncrementalHash hash, ReadOnlySpan<int> values)
    {
        var bytes = new byte[Math.Min(values.Length, ChunkValues) * sizeof(int)];
        for (; !values.IsEmpty; values = values[Math.Min(values.Length, ChunkValues)..])
        {
            var chunk = values[..Math.Min(values.Length, ChunkValues)];
            for (var i = 0; i < chunk.Length; i++)
                BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(i * sizeof(int)), chunk[i]);
            hash.AppendData(bytes.AsSpan(0, chunk.Length * sizeof(int)));
        }
    }
}
