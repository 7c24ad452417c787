using Toolchain.Graphs;
using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Execution;

/// <content>Reshaping, joining, cutting and repeating. Shapes that the graph computes are read when they are needed.</content>
public sealed partial class GraphExecutor
{
    Tensor IOperatorVisitor<Step, Tensor>.Flatten(Flatten op, Step step)
    {
        var input = Input(step, 0);
        var axis = FromBeginning(op.Axis, input);
        return axis == 1 && input.ndim > 1 ? input.flatten(1) : input.reshape(Elements(input.shape.Take((int)axis)), Elements(input.shape.Skip((int)axis)));
    }

    Tensor IOperatorVisitor<Step, Tensor>.Reshape(Reshape op, Step step)
    {
        var input = Input(step, 0);
        var target = Integers(step, 1);
        return input.reshape([.. target.Select((d, i) => d == 0 && !op.AllowZero ? input.shape[i] : d)]);
    }

    Tensor IOperatorVisitor<Step, Tensor>.Transpose(Transpose op, Step step)
    {
        var input = Input(step, 0);
        return input.permute(Longs(op.Order((int)input.ndim)));
    }

    Tensor IOperatorVisitor<Step, Tensor>.Concat(Concat op, Step step) => cat((IList<Tensor>)Inputs(step), op.Axis);

    Tensor IOperatorVisitor<Step, Tensor>.Split(Split op, Step step)
    {
        var input = Input(step, 0);
        var axis = FromBeginning(op.Axis, input);
        var sizes = Split.Sizes(step.Context, input.shape[axis]);
        var place = 0L;
        foreach (var (size, name) in sizes.Zip(step.Node.Outputs))
        {
            if (name.Length > 0)
            {
                _values[name] = input.narrow(axis, place, size);
            }

            place += size;
        }

        return _values[step.Output];
    }

    Tensor IOperatorVisitor<Step, Tensor>.Unsqueeze(Unsqueeze op, Step step)
    {
        var input = Input(step, 0);
        var axes = Integers(step, 1);
        var rank = input.ndim + axes.Length;
        return Scoped(() => axes.Select(a => a < 0 ? a + rank : a).Order().Aggregate(input.alias(), static (x, axis) => x.unsqueeze(axis)));
    }

    Tensor IOperatorVisitor<Step, Tensor>.Squeeze(Squeeze op, Step step)
    {
        var input = Input(step, 0);
        return step.Context.Has(1)
            ? Scoped(() => Integers(step, 1).Select(a => FromBeginning(a, input)).OrderDescending().Aggregate(input.alias(), static (x, axis) => x.squeeze(axis)))
            : input.squeeze();
    }

    Tensor IOperatorVisitor<Step, Tensor>.Gather(Gather op, Step step)
    {
        var (data, indices) = (Input(step, 0), Input(step, 1));
        var axis = (int)FromBeginning(op.Axis, data);
        return Scoped(() =>
        {
            var places = indices.to(ScalarType.Int64).reshape(-1);
            var counted = places.add(places.lt(0).to(ScalarType.Int64).mul(data.shape[axis]));
            return data.index_select(axis, counted).reshape([.. data.shape.Take(axis), .. indices.shape, .. data.shape.Skip(axis + 1)]);
        });
    }

    Tensor IOperatorVisitor<Step, Tensor>.Slice(Slice op, Step step)
    {
        var input = Input(step, 0);
        var (starts, ends) = (Integers(step, 1), Integers(step, 2));
        var axes = step.Context.Has(3) ? Integers(step, 3) : Axes(0, starts.Length);
        var steps = step.Context.Has(4) ? Integers(step, 4) : [.. Enumerable.Repeat(1L, starts.Length)];
        return Scoped(() =>
        {
            var result = input.alias();
            foreach (var (i, given) in axes.Index())
            {
                var axis = FromBeginning(given, input);
                var (first, count) = Slice.Range(starts[i], ends[i], steps[i], input.shape[axis]);
                result = steps[i] == 1
                    ? result.narrow(axis, first, count)
                    : result.index_select(axis, Places(Enumerable.Range(0, (int)count).Select(place => first + (place * steps[i]))));
            }

            return result;
        });
    }

    Tensor IOperatorVisitor<Step, Tensor>.DepthToSpace(DepthToSpace op, Step step)
    {
        var input = Input(step, 0);
        var (shape, block) = (input.shape, op.BlockSize);
        var depth = shape[1] / (block * block);
        return Scoped(() => (op.ColumnRowDepth
            ? input.reshape(shape[0], depth, block, block, shape[2], shape[3]).permute(0, 1, 4, 2, 5, 3)
            : input.reshape(shape[0], block, block, depth, shape[2], shape[3]).permute(0, 3, 4, 1, 5, 2)).reshape(shape[0], depth, shape[2] * block, shape[3] * block));
    }

    Tensor IOperatorVisitor<Step, Tensor>.SpaceToDepth(SpaceToDepth op, Step step)
    {
        var input = Input(step, 0);
        var (shape, block) = (input.shape, op.BlockSize);
        var (height, width) = (shape[2] / block, shape[3] / block);
        return Scoped(() => input.reshape(shape[0], shape[1], height, block, width, block).permute(0, 3, 5, 1, 2, 4).reshape(shape[0], shape[1] * block * block, height, width));
    }

    Tensor IOperatorVisitor<Step, Tensor>.Expand(Expand op, Step step)
    {
        var input = Input(step, 0);
        var (from, to) = (input.shape, Integers(step, 1));
        var rank = Math.Max(from.Length, to.Length);
        long At(long[] shape, int axis) => axis < rank - shape.Length ? 1 : shape[axis - rank + shape.Length];
        return input.expand([.. Enumerable.Range(0, rank).Select(axis => At(to, axis) == 1 ? At(from, axis) : At(to, axis))], false);
    }

    Tensor IOperatorVisitor<Step, Tensor>.Tile(Tile op, Step step) => Input(step, 0).repeat(Integers(step, 1));

    Tensor IOperatorVisitor<Step, Tensor>.ShapeOf(ShapeOf op, Step step)
    {
        var shape = Input(step, 0).shape;
        var (first, count) = op.Axes(shape.Length);
        return Places(shape.Skip(first).Take(count));
    }

    Tensor IOperatorVisitor<Step, Tensor>.ConstantOfShape(ConstantOfShape op, Step step)
    {
        var shape = Integers(step, 0);
        return Scoped(() => op.Fill.Reshape([]).ToTensor().to(Device).expand(shape, false).contiguous());
    }

    Tensor IOperatorVisitor<Step, Tensor>.RangeOf(RangeOf op, Step step)
    {
        var type = step.Context.Input(0).Element;
        var (start, limit, delta) = (Number(step, 0)!.Value, Number(step, 1)!.Value, Number(step, 2)!.Value);
        var places = Enumerable.Range(0, checked((int)RangeOf.Count(start, limit, delta)));
        return Scoped(() => (type.IsFloat()
            ? TensorData.Of<double>([.. places.Select(i => start + (i * delta))]).ToTensor().to(Device)
            : Places(places.Select(i => (long)start + (i * (long)delta)))).to(type.ToScalarType()));
    }

    /// <summary>An int64 list on the device.</summary>
    private Tensor Places(IEnumerable<long> values) => TensorData.Of<long>(values.ToArray()).ToTensor().to(Device);

    private static long Elements(IEnumerable<long> sizes) => sizes.Aggregate(1L, static (product, d) => product * d);
}
