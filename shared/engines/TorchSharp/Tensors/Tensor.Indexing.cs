using System.Runtime.CompilerServices;
using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        private static readonly Operator indexOp = new("index", "Tensor");
        private static readonly Operator indexPutInPlace = new("index_put_");

        /// <summary>Numbers and slices give views; masks and index tensors give copies.</summary>
        [IndexerName("TensorItems")]
        public Tensor this[params TensorIndex[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        [IndexerName("TensorItems")]
        public Tensor this[params Tensor[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1]
        {
            get => selectOp.Call(this, 0L, i1);
            set => Set(value, i1);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2]
        {
            get => Selected(i1, i2);
            set => Set(value, i1, i2);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3]
        {
            get => Selected(i1, i2, i3);
            set => Set(value, i1, i2, i3);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3, long i4]
        {
            get => Selected(i1, i2, i3, i4);
            set => Set(value, i1, i2, i3, i4);
        }

        [IndexerName("TensorItems")]
        public Tensor this[params long[] indices]
        {
            get => Selected(indices);
            set => Set(value, indices);
        }

        public Tensor index(params TensorIndex[] indices)
        {
            using var scope = NewDisposeScope();
            var (view, lists) = View(indices);
            var result = lists is null ? view : indexOp.Call(view, Argument.Optional(lists));
            return (ReferenceEquals(result, this) ? alias() : result).MoveToOuterDisposeScope();
        }

        public Tensor index(params Tensor[] indices) => index(Array.ConvertAll(indices, TensorIndex.Tensor));

        public Tensor index_put_(Tensor value, params TensorIndex[] indices) => index_put_(value, indices, false);

        /// <summary>Copies the value to the indexed elements; accumulating, it adds instead, also where an index occurs twice.</summary>
        public Tensor index_put_(Tensor value, TensorIndex[] indices, bool accumulate = false)
        {
            using var scope = NewDisposeScope();
            var (view, lists) = View(indices);
            if (lists is not null)
                indexPutInPlace.InPlace(view, view, Argument.Optional(lists), value, accumulate);
            else if (accumulate)
                view.add_(value);
            else
                view.copy_(value);
            return this;
        }

        public Tensor index_put_(Tensor value, params Tensor[] indices) => index_put_(value, Array.ConvertAll(indices, TensorIndex.Tensor), false);

        public Tensor index_put_(Tensor value, Tensor[] indices, bool accumulate = false) =>
            index_put_(value, Array.ConvertAll(indices, TensorIndex.Tensor), accumulate);

        public Tensor index_put_(Scalar value, params TensorIndex[] indices)
        {
            using var number = full([], value, dtype, device);
            return index_put_(number, indices, false);
        }

        private Tensor Selected(params ReadOnlySpan<long> positions)
        {
            var view = selectOp.Call(this, 0L, positions[0]);
            foreach (var position in positions[1..])
            {
                var next = selectOp.Call(view, 0L, position);
                view.Dispose();
                view = next;
            }
            return view;
        }

        private void Set(Tensor value, params ReadOnlySpan<long> positions)
        {
            using var view = Selected(positions);
            view.copy_(value);
        }

        /// <summary>Applies everything but the index tensors, which it lists at the dimensions of the view that they index.</summary>
        private (Tensor View, Tensor?[]? Lists) View(TensorIndex[] indices)
        {
            var view = this;
            var lists = new List<Tensor?>();
            // A mask takes several dimensions of the view but one place in the list.
            var dimension = 0;
            var place = 0;
            foreach (var one in indices)
            {
                switch (one.Kind)
                {
                    case TensorIndex.Form.Single:
                        view = view.select(dimension, one.First!.Value);
                        break;
                    case TensorIndex.Form.Slice:
                        view = view.slice(dimension++, one.First ?? 0, one.Stop ?? long.MaxValue, one.Step ?? 1);
                        place++;
                        break;
                    case TensorIndex.Form.None:
                        view = view.unsqueeze(dimension++);
                        place++;
                        break;
                    case TensorIndex.Form.Ellipsis:
                        var whole = (int)ndim - indices.Sum(index => index.Consumed);
                        dimension += whole;
                        place += whole;
                        break;
                    case TensorIndex.Form.Bool:
                        view = view.unsqueeze(dimension++);
                        Put(lists, place++, tensor(new[] { one.First != 0 }));
                        break;
                    case TensorIndex.Form.Tensor:
                        Put(lists, place++, one.Indices!);
                        dimension += one.Consumed;
                        break;
                    default:
                        throw new InvalidOperationException($"Unknown index {one.Kind}.");
                }
            }
            return (view, lists.Count == 0 ? null : [.. lists]);
        }

        private static void Put(List<Tensor?> lists, int place, Tensor indices)
        {
            while (lists.Count < place)
                lists.Add(null);
            lists.Add(indices);
        }
    }
}
