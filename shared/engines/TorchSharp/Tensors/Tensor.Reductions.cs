using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        private static readonly Operator sumOp = new("sum");
        private static readonly Operator sumDims = new("sum", "dim_IntList");
        private static readonly Operator meanOp = new("mean");
        private static readonly Operator meanDims = new("mean", "dim");
        private static readonly Operator varOp = new("var");
        private static readonly Operator varDims = new("var", "dim");
        private static readonly Operator stdOp = new("std");
        private static readonly Operator stdDims = new("std", "dim");
        private static readonly Operator prodOp = new("prod");
        private static readonly Operator prodDim = new("prod", "dim_int");
        private static readonly Operator maxOp = new("max");
        private static readonly Operator maxDim = new("max", "dim");
        private static readonly Operator minOp = new("min");
        private static readonly Operator minDim = new("min", "dim");
        private static readonly Operator amaxOp = new("amax");
        private static readonly Operator aminOp = new("amin");
        private static readonly Operator amaxOut = new("amax", "out");
        private static readonly Operator aminOut = new("amin", "out");
        private static readonly Operator argmaxOp = new("argmax");
        private static readonly Operator argminOp = new("argmin");
        private static readonly Operator allOp = new("all");
        private static readonly Operator allDim = new("all", "dim");
        private static readonly Operator anyOp = new("any");
        private static readonly Operator anyDim = new("any", "dim");
        private static readonly Operator normScalar = new("norm", "Scalar");
        private static readonly Operator normDims = new("norm", "ScalarOpt_dim");
        private static readonly Operator logsumexpOp = new("logsumexp");
        private static readonly Operator cumsumOp = new("cumsum");
        private static readonly Operator topkOp = new("topk");
        private static readonly Operator sortOp = new("sort", "stable");
        private static readonly Operator argsortOp = new("argsort");
        private static readonly Operator medianOp = new("median");
        private static readonly Operator bincountOp = new("bincount");

        public Tensor sum(ScalarType? type = null) => sumOp.Call(this, type);

        public Tensor sum(long dim, bool keepdim = false, ScalarType? type = null) => Over(sumDims, [dim], keepdim, type);

        public Tensor sum(long[] dim, bool keepdim = false, ScalarType? type = null) => sumDims.Call(this, dim, keepdim, type);

        public Tensor sum(ReadOnlySpan<long> dim, bool keepdim = false, ScalarType? type = null) => Over(sumDims, dim, keepdim, type);

        public Tensor sum(long dim0, long dim1, bool keepdim = false, ScalarType? type = null) => Over(sumDims, [dim0, dim1], keepdim, type);

        public Tensor sum(long dim0, long dim1, long dim2, bool keepdim = false, ScalarType? type = null) =>
            Over(sumDims, [dim0, dim1, dim2], keepdim, type);

        public Tensor mean() => meanOp.Call(this);

        public Tensor mean(long[] dimensions, bool keepdim = false, ScalarType? type = null) => meanDims.Call(this, dimensions, keepdim, type);

        /// <summary>The variance of all elements, divided by n − 1 when unbiased.</summary>
        public Tensor var(bool unbiased = true) => varOp.Call(this, unbiased);

        public Tensor var(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            Typed(varDims.Call(this, new[] { dim }, unbiased, keepdim), type);

        public Tensor var(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            Typed(varDims.Call(this, dimensions, unbiased, keepdim), type);

        public Tensor std(bool unbiased = true) => stdOp.Call(this, unbiased);

        public Tensor std(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            Typed(stdDims.Call(this, new[] { dim }, unbiased, keepdim), type);

        public Tensor std(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            Typed(stdDims.Call(this, dimensions, unbiased, keepdim), type);

        public Tensor prod(ScalarType? type = null) => prodOp.Call(this, type);

        public Tensor prod(long dim, bool keepdim = false, ScalarType? type = null) => prodDim.Call(this, dim, keepdim, type);

        public Tensor max() => maxOp.Call(this);

        public Tensor max(Tensor other) => maximum(other);

        public (Tensor values, Tensor indexes) max(long dim, bool keepdim = false) => maxDim.CallPair(this, dim, keepdim);

        public Tensor min() => minOp.Call(this);

        public Tensor min(Tensor other) => minimum(other);

        public (Tensor values, Tensor indexes) min(long dim, bool keepdim = false) => minDim.CallPair(this, dim, keepdim);

        public Tensor amax(params long[] dims) => amaxOp.Call(this, dims);

        public Tensor amax(long[] dims, bool keepdim = false, Tensor? @out = null) =>
            @out is null ? amaxOp.Call(this, dims, keepdim) : amaxOut.Call(this, dims, keepdim, @out);

        public Tensor amax(ReadOnlySpan<long> dims, bool keepdim = false, Tensor? @out = null) => amax(dims.ToArray(), keepdim, @out);

        public Tensor amin(params long[] dims) => aminOp.Call(this, dims);

        public Tensor amin(long[] dims, bool keepdim = false, Tensor? @out = null) =>
            @out is null ? aminOp.Call(this, dims, keepdim) : aminOut.Call(this, dims, keepdim, @out);

        public Tensor amin(ReadOnlySpan<long> dims, bool keepdim = false, Tensor? @out = null) => amin(dims.ToArray(), keepdim, @out);

        /// <summary>The position of the largest element in row-major order, Int64.</summary>
        public Tensor argmax() => argmaxOp.Call(this);

        public Tensor argmax(long dim, bool keepdim = false) => argmaxOp.Call(this, dim, keepdim);

        public Tensor argmin() => argminOp.Call(this);

        public Tensor argmin(long dim, bool keepdim = false) => argminOp.Call(this, dim, keepdim);

        public Tensor all() => allOp.Call(this);

        public Tensor all(long dim, bool keepdim = false) => allDim.Call(this, dim, keepdim);

        public Tensor any() => anyOp.Call(this);

        public Tensor any(long dim, bool keepdim = false) => anyDim.Call(this, dim, keepdim);

        /// <summary>The p-norm of all elements.</summary>
        public Tensor norm(float p = 2.0f) => normScalar.Call(this, (double)p);

        public Tensor norm(int dim, bool keepdim = false, float p = 2.0f) => normDims.Call(this, (double)p, new long[] { dim }, keepdim);

        public Tensor logsumexp(long dim, bool keepdim = false) => logsumexpOp.Call(this, new[] { dim }, keepdim);

        public Tensor cumsum(long dim, ScalarType? type = null) => cumsumOp.Call(this, dim, type);

        public (Tensor values, Tensor indexes) topk(int k, int dim = -1, bool largest = true, bool sorted = true) =>
            topkOp.CallPair(this, (long)k, (long)dim, largest, sorted);

        public (Tensor Values, Tensor Indices) sort(long dim = -1, bool descending = false, bool stable = false) =>
            sortOp.CallPair(this, stable, dim, descending);

        public Tensor argsort(long dim = -1, bool descending = false) => argsortOp.Call(this, dim, descending);

        public Tensor median() => medianOp.Call(this);

        /// <summary>How often each non-negative integer occurs.</summary>
        public Tensor bincount(Tensor? weights, long minlength = 0) => bincountOp.Call(this, weights, minlength);

        private unsafe Tensor Over(Operator reduction, ReadOnlySpan<long> dims, bool keepdim, ScalarType? type)
        {
            fixed (long* list = dims)
                return reduction.Call(this, Argument.Fixed(list, dims.Length), keepdim, type);
        }

        private static Tensor Typed(Tensor result, ScalarType? type) => type is { } wanted ? result.to(wanted, false, true) : result;
    }
}
