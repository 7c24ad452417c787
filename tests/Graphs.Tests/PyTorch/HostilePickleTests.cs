using System.Text;
using Toolchain.Graphs.PyTorch;

namespace Toolchain.Graphs.Tests.PyTorch;

/// <summary>Pickles that no <c>torch.save</c> writes: each is an error that says what and where, and costs little.</summary>
public sealed class HostilePickleTests
{
    private const string Tensor = "ctorch._utils\n_rebuild_tensor_v2\n((U\u0007storagectorch\nFloatStorage\nU\u00010U\u0003cpuK\u0004tQ";

    [Theory]
    [InlineData("cos\nsystem\n(U\u0002idtR.", "it asks for 'os.system'")]
    [InlineData("cbuiltins\neval\n.", "it asks for 'builtins.eval'")]
    [InlineData("ctorch\nload\n.", "it asks for 'torch.load'")]
    [InlineData("ctorch._utils\n_rebuild_tensor_v2.__globals__\n.", "it asks for 'torch._utils._rebuild_tensor_v2.__globals__'")]
    [InlineData("\u008C\u0002os\u008C\u0006system\u0093.", "it asks for 'os.system'")]
    [InlineData("(U\u0002idios\nsystem\n.", "it asks for 'os.system'")]
    [InlineData("(ccollections\nOrderedDict\no.", "it asks for 'a new object (OBJ)'")]
    [InlineData("ccollections\nOrderedDict\n)\u0081.", "it asks for 'a new object (NEWOBJ)'")]
    [InlineData("ccollections\nOrderedDict\n)}\u0092.", "it asks for 'a new object (NEWOBJEX)'")]
    [InlineData("\u0082\u0007.", "it asks for 'extension 7'")]
    [InlineData("\u0083\u0007\u0001.", "it asks for 'extension 263'")]
    [InlineData("\u0084\u0007\0\0\0.", "it asks for 'extension 7'")]
    [InlineData("c\u001B[31m\nred\n.", "it asks for '\uFFFD[31m.red'")]
    [InlineData("](K\u0001K\u0002e}b.", "a list is given a state (BUILD")]
    [InlineData("}}b.", "a dictionary is given a state (BUILD")]
    [InlineData("ccollections\nOrderedDict\n)R]b.", "a dictionary is given a state (BUILD")]
    [InlineData("U\u0002id)R.", "text is called as if it were a function")]
    [InlineData("ctorch\nFloatStorage\nK\u0005\u0085R.", "'torch.FloatStorage' is applied to what it does not take")]
    [InlineData("ccollections\nOrderedDict\n]R.", "arguments are not a tuple")]
    [InlineData("ccollections\nOrderedDict\n](K\u0001e\u0085R.", "an ordered dictionary is made from something else than pairs")]
    [InlineData("\u0097.", "the pickle has the instruction NEXTBUFFER, which no state dict needs")]
    [InlineData("\u00FF.", "the pickle has the unknown instruction 0xFF")]
    [InlineData("I1\n.", "the pickle has the instruction INT,")]
    [InlineData("P0\n.", "the pickle has the instruction PERSID,")]
    [InlineData("R.", "the pickle uses an object that it has not made")]
    [InlineData("(K\u0001(e.", "an item is added to a whole number, which is not a list")]
    [InlineData("K\u0001((e.", "the pickle uses an object that it has not made")]
    [InlineData("K\u0001u.", "the pickle uses an object that it has not made")]
    [InlineData("](s.", "the pickle uses an object that it has not made")]
    [InlineData("]K\u0001s.", "the pickle uses an object that it has not made")]
    [InlineData("K\u0001K\u0001K\u0001s.", "2 keys and values are set in a whole number")]
    [InlineData("K\u0001K\u0001a.", "an item is added to a whole number, which is not a list")]
    [InlineData("}(K\u0001u.", "1 keys and values are set in a dictionary")]
    [InlineData("h\u0005.", "the pickle refers to its object 5, which it has not made")]
    [InlineData("j\u00FF\u00FF\u00FF\u00FF.", "the pickle refers to its object 4294967295,")]
    [InlineData(".", "the pickle ends with 0 objects instead of one")]
    [InlineData("}}.", "the pickle ends with 2 objects instead of one")]
    [InlineData("(}.", "the pickle ends with 1 objects instead of one")]
    [InlineData("X\u00FF\u00FF\u00FF\u00FF.", "a text has 4294967295 bytes; at most 1048576 are read")]
    [InlineData("\u008D\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF.", "a text has 18446744073709551615 bytes;")]
    [InlineData("\u008E\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF.", "the pickle ends 18446744073709551614 bytes too early")]
    [InlineData("U\u0002\u00FF\u00FE.", "a text is not UTF-8")]
    [InlineData("cos", "a name has no end")]
    [InlineData("\u0080\u0002.", "the pickle has the instruction PROTO,")]
    [InlineData("K\u0001Q.", "a reference to a storage is not understood")]
    [InlineData("(U\u0007storageU\u0001xU\u00010U\u0003cpuK\u0004tQ.", "a reference to a storage is not understood")]
    [InlineData("(U\u0007storagectorch\nFloatStorage\nU\u00010U\u0003cpuJ\u00FF\u00FF\u00FF\u00FFtQ.", "a reference to a storage is not understood")]
    [InlineData("(U\u0007storagectorch\nFloatStorage\nU\u00010U\u0003cpuK\u0004tQ(U\u0007storagectorch\nLongStorage\nU\u00010U\u0003cpuK\u0004tQ.", "storage '0' is 4 × float32 at first and 4 × int64 later")]
    [InlineData("(U\u0007storagectorch\nFloatStorage\nU\u00010U\u0003cpuK\u0004(U\u0001vK\u0003K\u0002ttQ.", "a view of storage '0' is outside its 4 elements")]
    public void It_is_refused_with_the_reason(string pickle, string message)
    {
        var error = Error(pickle);
        Assert.StartsWith("Cannot read 'hostile': ", error, StringComparison.Ordinal);
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.Matches(@"\(byte [0-9]+\)\.$", error);
    }

    [Theory]
    [InlineData("K\u0000K\u0005\u0085K\u0001\u0085", "a tensor of shape [5] with the strides [1] from element 0 on reaches beyond the 4 elements of storage '0'")]
    [InlineData("K\u0003K\u0002\u0085K\u0001\u0085", "a tensor of shape [2] with the strides [1] from element 3 on reaches beyond the 4")]
    [InlineData("K\u0005K\u0000\u0085K\u0001\u0085", "a tensor of shape [0] with the strides [1] from element 5 on reaches beyond the 4")]
    [InlineData("K\u0000K\u0002\u0085\u008A\u0008\0\0\0\0\0\0\0\u0040\u0085", "reaches beyond the 4 elements")]
    [InlineData("K\u0000K\u0002\u0085\u008A\u0009\0\0\0\0\0\0\0\0\u0001\u0085", "must be whole numbers from 0 to 2^62")]
    [InlineData("K\u0000J\u00FF\u00FF\u00FF\u00FF\u0085K\u0001\u0085", "must be whole numbers from 0 to 2^62")]
    [InlineData("K\u0000K\u0002\u0085J\u00FF\u00FF\u00FF\u00FF\u0085", "must be whole numbers from 0 to 2^62")]
    [InlineData("J\u00FF\u00FF\u00FF\u00FFK\u0002\u0085K\u0001\u0085", "must be whole numbers from 0 to 2^62")]
    [InlineData("K\u0000K\u0002\u0085K\u0001K\u0001\u0086", "a tensor has 1 dimensions and 2 strides")]
    [InlineData("K\u0000U\u0001x\u0085K\u0001\u0085", "must be whole numbers")]
    [InlineData("K\u0000J\u00FF\u00FF\u00FF\u007F\u0085K\u0000\u0085", "a tensor has the shape [2147483647]; one tensor may have at most 2147483647 bytes")]
    [InlineData("K\u0000\u008A\u0008\0\0\0\0\0\0\0\u0040\u008A\u0008\0\0\0\0\0\0\0\u0040\u0086K\u0000K\u0000\u0086", "one tensor may have at most 2147483647 bytes")]
    [InlineData("K\u0000]K\u0001\u0085", "a tensor is described by something else than storage, offset, size and strides")]
    public void A_tensor_outside_its_storage_is_refused(string description, string message) =>
        Assert.Contains(message, Error($"{Tensor}{description}\u0089}}tR."), StringComparison.Ordinal);

    [Theory]
    [InlineData("]", 200_000, "more than 100000 objects are unfinished at a time")]
    [InlineData("(", 2_000, "containers are nested more than 1000 deep")]
    [InlineData("]q\0]h\0aq\0", 0, "the pickle ends with 2 objects")]
    [InlineData("]a", 0, "the pickle uses an object that it has not made")]
    public void Depth_is_bounded(string part, int times, string message) =>
        Assert.Contains(message, Error(string.Concat(Enumerable.Repeat(part, Math.Max(times, 1))) + "."), StringComparison.Ordinal);

    [Fact]
    public void A_memo_that_doubles_again_and_again_costs_nothing_and_holds_no_weights()
    {
        var pickle = "]q\0" + string.Concat(Enumerable.Range(1, 200).Select(static i => $"](h{(char)(i - 1)}h{(char)(i - 1)}eq{(char)i}")) + string.Concat(Enumerable.Repeat("\u0086", 200)) + ".";
        Assert.Contains("it holds a tuple, not a state dict", Error(pickle), StringComparison.Ordinal);
    }

    [Fact]
    public void Objects_are_counted() =>
        Assert.Contains("the pickle makes more than 50 objects", Error("]q\0" + string.Concat(Enumerable.Repeat("h\0a", 60)) + ".", new() { MaxObjects = 50 }), StringComparison.Ordinal);

    [Fact]
    public void A_list_that_holds_itself_is_read_to_its_end() => Assert.Contains("it holds a list", Error("]q\0h\0a."), StringComparison.Ordinal);

    [Fact]
    public void Strides_of_zero_make_no_more_than_is_allowed()
    {
        var pickle = Bytes("}(U\u0001w" + Tensor + "K\u0000M\u00E8\u0003M\u00E8\u0003\u0086K\u0000K\u0000\u0086\u0089}tRu.");
        var read = PyTorchFile.Read(Fixture.Archive(pickle, new byte[16]));
        Assert.Equal(4_000_000, read.Tensors["w"].Bytes.Length);
        Assert.Contains(
            "the strides of its tensors, such as 'w', make more than 1000000 bytes out of the",
            OnnxProto.Error(() => PyTorchFile.Read(Fixture.Archive(pickle, new byte[16]), "hostile", new() { MaxCopiedBytes = 1_000_000 })),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(15)]
    [InlineData(17)]
    public void A_storage_of_another_size_than_its_tensors_say_is_refused(int bytes) => Assert.Contains(
        $"storage '0' has 4 × float32, 16 bytes, but its entry at byte",
        OnnxProto.Error(() => PyTorchFile.Read(Fixture.Archive(Bytes("}(U\u0001w" + Tensor + "K\u0000K\u0004\u0085K\u0001\u0085\u0089}tRu."), new byte[bytes]))),
        StringComparison.Ordinal);

    [Theory]
    [InlineData("}.", "it holds a dictionary without tensors, and without anything else; the tensors themselves, or an entry state_dict, model_state_dict, model with them, are expected")]
    [InlineData("}(U\u0001aK\u0001K\u0007Nu.", "it holds a dictionary without tensors, with the entries 'a', a whole number;")]
    [InlineData("}(U\u0005model}U\nstate_dict}u.", "it holds several state dicts, state_dict, model; save the one that is meant alone")]
    [InlineData("}(U\u0005model}u.", "the state dict in entry 'model' is empty")]
    [InlineData("}(U\u0005model}(U\u0001aK\u0001uu.", "the state dict in entry 'model' has a whole number under 'a', where a tensor is expected")]
    [InlineData("}(K\u0001" + Tensor + "K\u0000))\u0089}tRu.", "the state dict has a whole number for a name")]
    [InlineData("}(U\u0001w" + Tensor + "K\u0000))\u0089}tRq\u0001U\u0001wh\u0001u.", "the state dict has the name 'w' twice")]
    [InlineData("}(U\u0001w" + Tensor + "K\u0000))\u0089}tRU\u0001bNu.", "the state dict has None under 'b', where a tensor is expected")]
    [InlineData(Tensor + "K\u0000))\u0089}tR.", "it holds a tensor, not a state dict")]
    public void What_is_no_state_dict_is_told(string pickle, string message) => Assert.Contains(message, Error(pickle), StringComparison.Ordinal);

    [Fact]
    public void Parts_of_protocols_up_to_4_are_understood()
    {
        // A frame, memoized short texts and a name from the stack, as protocol 4 writes them.
        var pickle = Encoding.Latin1.GetBytes("\u0080\u0004\u0095\u0010\0\0\0\0\0\0\0}\u0094(\u008C\u0001w\u0094\u008C\u000Ctorch._utils\u0094\u008C\u0012_rebuild_tensor_v2\u0094\u0093\u0094((\u008C\u0007storage\u0094\u008C\u0005torch\u0094\u008C\u000CFloatStorage\u0094\u0093\u0094\u008C\u00010\u0094\u008C\u0003cpu\u0094K\u0004tQK\0K\u0004\u0085K\u0001\u0085\u0089}t\u0094Ru.");
        Assert.Equal("float32 [4]", PyTorchFile.Read(Fixture.Archive(pickle, new byte[16])).Tensors["w"].ToString());
    }

    private static string Error(string pickle, PyTorchReadLimits? limits = null) => OnnxProto.Error(() => PyTorchFile.Read(Fixture.Archive(Bytes(pickle), new byte[16]), "hostile", limits));

    private static byte[] Bytes(string pickle) => [0x80, 2, .. Encoding.Latin1.GetBytes(pickle)];
}
