using System.Globalization;
using Toolchain.Graphs.PyTorch.Pickling;
using Toolchain.Graphs.PyTorch.Zip;

namespace Toolchain.Graphs.PyTorch;

/// <summary>Writes the zip format of a state dict; see <see cref="ZipArchive"/>.</summary>
internal sealed class PyTorchWriter
{
    // The oldest version that has all that is written here; PyTorch writes it itself.
    private const string Version = "3\n";
    private const string Folder = "archive";

    // As many as Python's own pickler sets at once, so that no reader's stack grows with the number of tensors.
    private const int BatchOfItems = 1000;

    private readonly List<KeyValuePair<string, TensorData>> _tensors;
    private readonly List<TensorData> _storages = [];
    private readonly Dictionary<TensorData, int> _keys = new(ReferenceEqualityComparer.Instance);

    internal PyTorchWriter(IEnumerable<KeyValuePair<string, TensorData>> tensors)
    {
        _tensors = [.. tensors];
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, data) in _tensors)
        {
            if (!names.Add(name))
            {
                throw new ToolchainException(ErrorKind.BadInput, $"The tensor name '{name}' stands twice.");
            }

            _ = StorageTypes.NameOf(data.Type);
            if (_keys.TryAdd(data, _storages.Count))
            {
                _storages.Add(data);
            }
        }
    }

    internal void Write(Stream stream)
    {
        var zip = new ZipWriter(stream);
        zip.Add($"{Folder}/data.pkl", Pickle());
        zip.Add($"{Folder}/byteorder", "little"u8);
        for (var i = 0; i < _storages.Count; i++)
        {
            zip.Add($"{Folder}/data/{i.ToString(CultureInfo.InvariantCulture)}", _storages[i]);
        }

        zip.Add($"{Folder}/version", System.Text.Encoding.ASCII.GetBytes(Version));
        zip.Finish();
    }

    private byte[] Pickle()
    {
        using var pickle = new PickleWriter();
        pickle.NewOrderedDict();
        foreach (var batch in _tensors.Chunk(BatchOfItems))
        {
            pickle.Op(PickleOpcode.Mark);
            foreach (var (name, data) in batch)
            {
                pickle.Text(name);
                Tensor(pickle, data, _keys[data].ToString(CultureInfo.InvariantCulture));
            }

            pickle.Op(PickleOpcode.SetItems);
        }

        return pickle.Finish();
    }

    private static void Tensor(PickleWriter pickle, TensorData data, string key)
    {
        pickle.Global("torch._utils", "_rebuild_tensor_v2");
        pickle.Op(PickleOpcode.Mark);
        pickle.Op(PickleOpcode.Mark);
        pickle.Text("storage");
        pickle.Global("torch", StorageTypes.NameOf(data.Type));
        pickle.Text(key);
        pickle.Text("cpu");
        pickle.Number(data.ElementCount);
        pickle.Op(PickleOpcode.Tuple);
        pickle.Op(PickleOpcode.BinPersId);
        pickle.Number(0);
        pickle.Numbers(data.Dimensions);
        pickle.Numbers(Strides(data.Dimensions));
        pickle.Op(PickleOpcode.NewFalse);
        pickle.NewOrderedDict();
        pickle.Op(PickleOpcode.Tuple);
        pickle.Op(PickleOpcode.Reduce);
    }

    private static EquatableArray<long> Strides(EquatableArray<long> dimensions)
    {
        var strides = new long[dimensions.Count];
        var stride = 1L;
        for (var i = strides.Length - 1; i >= 0; i--)
        {
            strides[i] = stride;
            stride *= Math.Max(dimensions[i], 1);
        }

        return EquatableArray.Create<long>(strides);
    }
}
