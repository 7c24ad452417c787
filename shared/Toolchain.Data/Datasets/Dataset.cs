using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Toolchain.Data;

/// <summary>Samples, each with what is to be predicted for it.</summary>
public sealed class Dataset
{
    private readonly Lazy<string> _contentHash;

    /// <summary>Puts inputs and targets together.</summary>
    /// <param name="name">How messages refer to it, for example <c>fashion-mnist (train)</c>.</param>
    /// <param name="inputs">What a model is given.</param>
    /// <param name="targets">What it is to predict, for as many samples.</param>
    /// <exception cref="ToolchainException">A target is not a class number (<see cref="ErrorKind.BadInput"/>).</exception>
    public Dataset(string name, DatasetInputs inputs, DatasetTargets targets)
    {
        (Name, Inputs, Targets) = (name, inputs, targets);
        TargetCheck.Require(this);
        _contentHash = new(() => Data.ContentHash.Of(this));
    }

    /// <summary>Images with a class each; takes ownership of the two arrays, neither of which may change afterwards.</summary>
    /// <param name="name">How messages refer to it.</param>
    /// <param name="pixels"><c>uint8 [N, H, W, C]</c>, contiguous.</param>
    /// <param name="labels">N class numbers, from 0.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="channels">1 for grey, 3 for RGB.</param>
    /// <param name="classNames">What each class number means.</param>
    /// <exception cref="ToolchainException">A label is not a class number (<see cref="ErrorKind.BadInput"/>).</exception>
    public Dataset(string name, byte[] pixels, int[] labels, int height, int width, int channels, ImmutableArray<string> classNames)
        : this(name, new ImageInputs(pixels, height, width, channels), new ClassTargets(labels, classNames))
    {
    }

    /// <summary>How messages refer to it.</summary>
    public string Name { get; }

    /// <summary>What a model is given.</summary>
    public DatasetInputs Inputs { get; }

    /// <summary>What it is to predict.</summary>
    public DatasetTargets Targets { get; }

    /// <summary>The task that the targets make.</summary>
    public ModelTask Task => Targets.Task;

    /// <summary>Number of samples, N.</summary>
    public int Count => Inputs.Count;

    /// <summary>Height of every image, in pixels; 1 for a table.</summary>
    public int Height => Inputs.Height;

    /// <summary>Width of every image, in pixels; 1 for a table.</summary>
    public int Width => Inputs.Width;

    /// <summary>1 for grey images, 3 for RGB; the columns of a table.</summary>
    public int Channels => Inputs.Channels;

    /// <summary>What each output of a model means: the classes, or in regression the columns of the values.</summary>
    public ImmutableArray<string> OutputNames => Targets.Names;

    /// <summary>What each class number means; empty for regression.</summary>
    public ImmutableArray<string> ClassNames => Task == ModelTask.Regression ? [] : Targets.Names;

    /// <summary>Bytes of one image: H · W · C.</summary>
    /// <exception cref="ToolchainException">The data set is a table (<see cref="ErrorKind.Usage"/>).</exception>
    public int ImageBytes => Images.SampleLength;

    /// <summary>All images, <c>uint8 [N, H, W, C]</c>.</summary>
    /// <exception cref="ToolchainException">The data set is a table (<see cref="ErrorKind.Usage"/>).</exception>
    public ReadOnlyMemory<byte> Pixels => Images.Pixels;

    /// <summary>The class number of every sample.</summary>
    /// <exception cref="ToolchainException">The task is not classification (<see cref="ErrorKind.Usage"/>).</exception>
    public ReadOnlySpan<int> Labels => Targets is ClassTargets classes
        ? classes.Labels
        : throw new ToolchainException(ErrorKind.Usage, $"Data set {Name} is for {ModelTasks.Text(Task)}, but what was asked for needs a class per sample. Use a data set for classification.");

    /// <summary>
    /// SHA-256 in lower-case hexadecimal over N, H, W, C (int32 each), the inputs and the targets (labels as int32), numbers little-endian.
    /// What is not images in memory with a class each is preceded by a line of UTF-8 that names the kinds and every column and class. Image files
    /// are known by the SHA-256 of their bytes (and the number of the slice in a volume), without H, W and C, so the hash holds at any size.
    /// Computed when first asked for.
    /// </summary>
    public string ContentHash => _contentHash.Value;

    /// <summary>Each sample's file, relative to the data set's folder; empty for samples that do not come from files of their own.</summary>
    public ImmutableArray<string> SampleNames => Origins is null ? [] : ImmutableCollectionsMarshal.AsImmutableArray(Origins.Names);

    /// <summary>Where the samples come from; null when they do not come from files of their own.</summary>
    internal SampleOrigins? Origins { get; init; }

    private ImageInputs Images => Inputs as ImageInputs
        ?? throw new ToolchainException(ErrorKind.Usage, $"Data set {Name} is a table, but what was asked for needs images. Use a data set of images.");

    /// <summary>One image, <c>uint8 [H, W, C]</c>.</summary>
    /// <exception cref="ToolchainException">The data set is a table (<see cref="ErrorKind.Usage"/>), or the image's file is damaged (<see cref="ErrorKind.BadInput"/>).</exception>
    public ReadOnlySpan<byte> Image(int index) => Images.Image(index);

    /// <summary>The chosen samples, in the order of the choice; a sample may be chosen more than once. What is in memory is copied.</summary>
    /// <param name="samples">Their indices.</param>
    /// <param name="name">The part's name; this one's when null.</param>
    public Dataset Subset(ReadOnlySpan<int> samples, string? name = null) => new(name ?? Name, Inputs.Subset(samples), Targets.Subset(samples)) { Origins = Origins?.Subset(samples) };

    /// <summary>The samples of one data set and, after them, those of another one of the same kind.</summary>
    internal static Dataset Join(string name, Dataset first, Dataset second) =>
        new(name, first.Inputs.Join(second.Inputs), first.Targets.Join(second.Targets)) { Origins = SampleOrigins.Join(first.Origins, second.Origins) };

    /// <summary>
    /// Every image resized, with antialiasing as a decoded image is, and every mask by its nearest pixels; the data set itself when it has that size
    /// already. Images that are not in memory are resized when they are read.
    /// </summary>
    /// <param name="height">Pixels.</param>
    /// <param name="width">Pixels.</param>
    /// <exception cref="ToolchainException">The data set is a table (<see cref="ErrorKind.Usage"/>).</exception>
    public Dataset Resized(int height, int width)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        if ((Images.Height, Images.Width) == (height, width))
            return this;
        var targets = Targets is MaskTargets masks ? ImageResize.Nearest(masks, Height, Width, height, width) : Targets;
        return new(Name, ImageResize.Antialiased(Images, height, width), targets) { Origins = Origins };
    }
}
