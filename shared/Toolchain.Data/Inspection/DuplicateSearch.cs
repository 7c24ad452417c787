using System.Numerics;
using System.Security.Cryptography;

namespace Toolchain.Data;

/// <summary>
/// Finds samples that occur more than once. Near ones are found without comparing all with all: of two fingerprints that differ by five bits at most, one of
/// six blocks of bits is the same (the pigeonhole principle; Manku, Jain and Das Sarma, «Detecting near-duplicates for web crawling», 2007).
/// </summary>
internal sealed class DuplicateSearch(DatasetSplits data)
{
    private const int Blocks = DuplicateReport.NearBits + 1;
    private const int Side = 8;

    // A block takes its bits from all rows and columns of the picture: the bits of one edge alone are often the same in all pictures.
    private static readonly ulong[] Masks =
        [.. Enumerable.Range(0, Blocks).Select(block => Enumerable.Range(0, Side * Side).Where(bit => ((bit / Side * 3) + bit) % Blocks == block).Aggregate(0UL, (mask, bit) => mask | (1UL << bit)))];

    // Where thousands of pictures share a block the search would be quadratic.
    private const long MostComparisons = 4_000_000_000;

    private readonly int _train = data.Train.Count;
    private readonly int _total = data.Train.Count + data.Test.Count;
    private readonly Thumbnail[] _thumbnails = new Thumbnail[data.Train.Count + data.Test.Count];
    private readonly List<DuplicatePair> _across = [], _within = [];
    private int _exactTrain, _exactTest, _exactAcross, _nearTrain, _nearTest, _nearAcross, _contradictions;
    private bool _isCut;

    public DuplicateReport Run()
    {
        var (contents, looks) = Fingerprints();
        var earlier = Exact(contents);
        Near([.. Enumerable.Range(0, _total).Where(sample => !earlier[sample] && looks[sample] is not null)], Array.ConvertAll(looks, look => look.GetValueOrDefault()));
        return new(
            _train,
            new(_exactTrain, _exactTest, _exactAcross),
            new(_nearTrain, _nearTest, _nearAcross),
            _contradictions,
            [.. _across.Concat(_within).Take(DuplicateReport.ListedPairs)],
            _isCut);
    }

    private (UInt128[] Contents, ulong?[] Looks) Fingerprints()
    {
        _ = data.Train.ImageBytes;
        var (contents, looks) = (new UInt128[_total], new ulong?[_total]);
        InParallel.For(_total, sample =>
        {
            var (part, index) = sample < _train ? (data.Train, sample) : (data.Test, sample - _train);
            var pixels = part.Image(index);
            Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(pixels, digest);
            contents[sample] = BitConverter.ToUInt128(digest);
            var shape = new PixelShape(part.Height, part.Width, part.Channels);
            looks[sample] = DifferenceHash.Of(pixels, shape);
            _thumbnails[sample] = new(pixels, shape);
        });
        return (contents, looks);
    }

    // Each is counted once, against the first that is the same; across the splits when that one, or any, is on the other side.
    private bool[] Exact(UInt128[] contents)
    {
        var (first, isLater) = (new Dictionary<UInt128, int>(), new bool[_total]);
        for (var sample = 0; sample < _total; sample++)
        {
            if (first.TryAdd(contents[sample], sample))
                continue;
            isLater[sample] = true;
            var same = first[contents[sample]];
            Count(same, sample, ref _exactTrain, ref _exactTest, ref _exactAcross);
            var pair = new DuplicatePair(same, sample, 0, Exact: true, SameTarget(same, sample));
            _contradictions += pair.SameTarget ? 0 : 1;
            Keep(pair);
        }

        return isLater;
    }

    private void Near(int[] samples, ulong[] looks)
    {
        var comparisons = 0L;
        for (var block = 0; block < Blocks; block++)
        {
            foreach (var bucket in samples.GroupBy(sample => looks[sample] & Masks[block]).Select(group => group.ToArray()))
            {
                comparisons += (long)bucket.Length * (bucket.Length - 1) / 2;
                if (comparisons > MostComparisons)
                {
                    _isCut = true;
                    return;
                }

                Compare(bucket, looks, block);
            }
        }
    }

    private void Compare(int[] bucket, ulong[] looks, int block)
    {
        var own = Array.ConvertAll(bucket, sample => looks[sample]);
        for (var i = 0; i < own.Length; i++)
        {
            for (var j = i + 1; j < own.Length; j++)
            {
                var difference = own[i] ^ own[j];
                if (BitOperations.PopCount(difference) > DuplicateReport.NearBits || WasFound(difference, block)
                    || _thumbnails[bucket[i]].Correlation(_thumbnails[bucket[j]]) < DuplicateReport.NearCorrelation)
                    continue;
                Count(bucket[i], bucket[j], ref _nearTrain, ref _nearTest, ref _nearAcross);
                Keep(new(bucket[i], bucket[j], BitOperations.PopCount(difference), Exact: false, SameTarget(bucket[i], bucket[j])));
            }
        }
    }

    // Pairs across the splits are listed before the others, so they have places of their own.
    private void Keep(DuplicatePair pair)
    {
        var list = IsAcross(pair.First, pair.Second) ? _across : _within;
        if (list.Count < DuplicateReport.ListedPairs)
            list.Add(pair);
    }

    // An earlier block that is the same has brought the two together before.
    private static bool WasFound(ulong difference, int block)
    {
        foreach (var mask in Masks.AsSpan(0, block))
        {
            if ((difference & mask) == 0)
                return true;
        }

        return false;
    }

    private void Count(int first, int second, ref int train, ref int test, ref int across)
    {
        if (IsAcross(first, second))
            across++;
        else if (first < _train)
            train++;
        else
            test++;
    }

    private bool IsAcross(int first, int second) => first < _train != second < _train;

    private bool SameTarget(int first, int second) => (Target(first), Target(second)) switch
    {
        (int one, int other) => one == other,
        (float[] one, float[] other) => one.AsSpan().SequenceEqual(other),
        (byte[] one, byte[] other) => one.AsSpan().SequenceEqual(other),
        var (one, other) => throw new InvalidOperationException($"Unknown targets {one} and {other}."),
    };

    private object Target(int sample)
    {
        var (part, index) = sample < _train ? (data.Train, sample) : (data.Test, sample - _train);
        return part.Targets switch
        {
            ClassTargets classes => classes.Labels[index],
            ValueTargets values => values.Row(index).ToArray(),
            MaskTargets masks => masks.Mask(index).ToArray(),
            _ => throw new InvalidOperationException($"Unknown targets {part.Targets.GetType().Name}."),
        };
    }
}
