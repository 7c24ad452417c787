using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Toolchain.Registry.Tests.Support;

namespace Toolchain.Registry.Tests;

/// <summary>Manifests are written by a serializer and read by hand: here both read the same texts.</summary>
public sealed class ManifestReaderTests
{
    private static readonly string?[] Values = [null, "null", "1", "-1", "1.5", "1e400", "99999999999", "\"text\"", "\"2026-01-31T12:00:00+00:00\"", "true", "false", "[]", "{}", "[1]", "[null]", "[\"text\"]", "{\"text\":1}"];

    [Fact]
    public void Every_field_is_read_as_the_serializer_that_writes_it_reads_it()
    {
        var compared = 0;
        foreach (var path in Paths(Full(), []).ToList())
        {
            foreach (var value in Values)
            {
                var json = Full();
                Change(json, path, value);
                Compare(json, $"{string.Join('.', path)} = {value ?? "removed"}", mayBeStricter: value is "1e400" || value?.Contains("null", StringComparison.Ordinal) == true);
                compared++;
            }
        }

        Assert.InRange(compared, 1_000, int.MaxValue);
    }

    [Fact]
    public void A_field_that_is_not_known_is_refused_in_every_object_that_is_no_map()
    {
        foreach (var path in Paths(Full(), []).ToList())
        {
            var json = Full();
            Change(json, [.. path[..^1], "invented"], "1");
            Compare(json, $"{string.Join('.', path[..^1])} with a field 'invented'", mayBeStricter: false);
        }
    }

    [Fact]
    public void The_sample_has_every_field_that_can_be_written()
    {
        var places = Paths(Full(), []).Select(static path => path[^1]).ToHashSet();
        foreach (var type in Types(ManifestContext.Default.ModelManifest, []))
        {
            Assert.All(type.Properties.Where(static p => p.Get is not null), property => Assert.Contains(property.Name, places));
        }
    }

    [Theory]
    [InlineData("training.data.counts.test", "\"many\"", "'training.data.counts.test' should be a whole number, and is \"many\"")]
    [InlineData("artifacts.0.inputs.0.name", null, "'artifacts[0].inputs[0].name' is missing")]
    [InlineData("preprocessing.mean", "[0.5, \"half\"]", "'preprocessing.mean[1]' should be a number, and is \"half\"")]
    [InlineData("training.invented", "1", "'training.invented' is not known")]
    public void What_is_refused_is_named_with_its_place(string path, string? value, string message)
    {
        var json = Full();
        Change(json, path.Split('.'), value);
        Assert.Equal(message, Assert.Throws<JsonException>(() => Read(json)).Message);
    }

    private static JsonObject Full()
    {
        var manifest = Samples.Manifest();
        var file = new ArtifactManifest(Samples.Graph())
        {
            Kind = ArtifactKinds.Model,
            File = "model.onnx",
            Bytes = 1L << 40,
            Sha256 = new string('a', 64),
            Created = Samples.Noon,
            Parity = new(1e-6, 1e-4),
            Accuracy = 0.91,
        };
        manifest = manifest with
        {
            Created = Samples.Noon,
            Network = manifest.Network! with { Edits = ["remove pool"] },
            Import = new("net.onnx", new string('b', 64), "pytorch 1.13.1"),
            Preprocessing = new(2, 1, 1, [0.5f, -1e-7f], [0.25f, 3]) { Samples = SampleKind.Numbers },
            Training = manifest.Training! with { Snapshot = 2, Data = manifest.Training.Data with { Split = manifest.Training.Data.Split! with { File = "split.csv" } } },
            Parents = [new("mnist:2", ParentRoles.Member) { Weight = 0.5, Sha256 = new string('c', 64) }],
            Artifacts = [file],
        };
        return JsonNode.Parse(ManifestFile.Write(manifest))!.AsObject();
    }

    // The path of every field, and of the first element of every list.
    private static IEnumerable<string[]> Paths(JsonNode node, string[] at)
    {
        var children = node switch
        {
            JsonObject fields => fields.Select(static f => (Key: f.Key, f.Value)),
            JsonArray list => list.Take(1).Select(static e => (Key: "0", Value: e)),
            _ => [],
        };
        return children.SelectMany(child => Paths(child.Value!, [.. at, child.Key]).Prepend([.. at, child.Key]));
    }

    private static void Change(JsonNode json, string[] path, string? value)
    {
        var parent = path[..^1].Aggregate(json, static (node, key) => node is JsonArray list ? list[int.Parse(key, System.Globalization.CultureInfo.InvariantCulture)]! : node[key]!);
        switch (parent)
        {
            case JsonArray list when path[^1] == "invented":
                list.Add(JsonNode.Parse(value!));
                break;
            case JsonArray list:
                list.RemoveAt(0);
                if (value is not null)
                {
                    list.Insert(0, JsonNode.Parse(value));
                }

                break;
            default:
                parent.AsObject().Remove(path[^1]);
                if (value is not null)
                {
                    parent.AsObject().Add(path[^1], JsonNode.Parse(value));
                }

                break;
        }
    }

    private static void Compare(JsonObject json, string what, bool mayBeStricter)
    {
        var (read, refusal) = Attempt(() => Read(json));
        if (mayBeStricter && refusal is not null)
        {
            return;
        }

        // The serializer gives null to a list that is not there, whatever its default is.
        if (what.EndsWith("edits = removed", StringComparison.Ordinal))
        {
            Assert.True(refusal is null, what);
            return;
        }

        var (expected, expectedRefusal) = Attempt(() => json.Deserialize(ManifestContext.Default.ModelManifest)!);

        Assert.True(refusal is null == expectedRefusal is null, $"{what}: {refusal?.Message ?? "read"}; the serializer: {expectedRefusal?.Message ?? "read"}");
        if (read is not null)
        {
            Assert.True(ManifestFile.Write(expected!).AsSpan().SequenceEqual(ManifestFile.Write(read)), $"{what} is read as something else.");
        }
    }

    private static ModelManifest Read(JsonObject json)
    {
        using var document = JsonDocument.Parse(json.ToJsonString());
        return ManifestReader.Read(document.RootElement);
    }

    private static (ModelManifest? Read, JsonException? Refusal) Attempt(Func<ModelManifest> read)
    {
        try
        {
            return (read(), null);
        }
        catch (JsonException refusal)
        {
            return (null, refusal);
        }
    }

    private static IEnumerable<JsonTypeInfo> Types(JsonTypeInfo type, HashSet<Type> seen)
    {
        if (!seen.Add(type.Type))
        {
            return [];
        }

        var inner = type.Properties.Select(static p => p.PropertyType).Append(type.ElementType).OfType<Type>()
            .Select(static t => ManifestContext.Default.GetTypeInfo(t)).OfType<JsonTypeInfo>();
        return inner.SelectMany(t => Types(t, seen)).Prepend(type);
    }
}
