namespace Toolchain.Graphs;

/// <summary>A reader of graphs that treats every operator: the libtorch executor, for example. One method per operator.</summary>
/// <typeparam name="TContext">What the reader hands along: the node with its inputs.</typeparam>
/// <typeparam name="TResult">What the reader makes of a node.</typeparam>
public interface IOperatorVisitor<in TContext, out TResult>
{
    // Convolutions and matrix products
    TResult Conv(Conv op, TContext context);
    TResult ConvTranspose(ConvTranspose op, TContext context);
    TResult Gemm(Gemm op, TContext context);
    TResult MatMul(MatMul op, TContext context);
    TResult Einsum(Einsum op, TContext context);

    // Normalisation
    TResult BatchNormalization(BatchNormalization op, TContext context);
    TResult InstanceNormalization(InstanceNormalization op, TContext context);
    TResult GroupNormalization(GroupNormalization op, TContext context);
    TResult LayerNormalization(LayerNormalization op, TContext context);
    TResult LRN(LRN op, TContext context);
    TResult Dropout(Dropout op, TContext context);

    // Pooling and reductions
    TResult MaxPool(MaxPool op, TContext context);
    TResult AveragePool(AveragePool op, TContext context);
    TResult GlobalMaxPool(GlobalMaxPool op, TContext context);
    TResult GlobalAveragePool(GlobalAveragePool op, TContext context);
    TResult ReduceMean(ReduceMean op, TContext context);
    TResult ReduceSum(ReduceSum op, TContext context);
    TResult ReduceMax(ReduceMax op, TContext context);
    TResult ReduceMin(ReduceMin op, TContext context);
    TResult ReduceL2(ReduceL2 op, TContext context);
    TResult ArgMax(ArgMax op, TContext context);

    // Activations
    TResult Relu(Relu op, TContext context);
    TResult LeakyRelu(LeakyRelu op, TContext context);
    TResult PRelu(PRelu op, TContext context);
    TResult Elu(Elu op, TContext context);
    TResult Selu(Selu op, TContext context);
    TResult Gelu(Gelu op, TContext context);
    TResult Mish(Mish op, TContext context);
    TResult Softplus(Softplus op, TContext context);
    TResult Sigmoid(Sigmoid op, TContext context);
    TResult HardSigmoid(HardSigmoid op, TContext context);
    TResult HardSwish(HardSwish op, TContext context);
    TResult Tanh(Tanh op, TContext context);
    TResult Clip(Clip op, TContext context);
    TResult Softmax(Softmax op, TContext context);
    TResult LogSoftmax(LogSoftmax op, TContext context);

    // Arithmetic
    TResult Add(Add op, TContext context);
    TResult Sub(Sub op, TContext context);
    TResult Mul(Mul op, TContext context);
    TResult Div(Div op, TContext context);
    TResult Pow(Pow op, TContext context);
    TResult Sum(Sum op, TContext context);
    TResult Mean(Mean op, TContext context);
    TResult Max(Max op, TContext context);
    TResult Min(Min op, TContext context);
    TResult Abs(Abs op, TContext context);
    TResult Neg(Neg op, TContext context);
    TResult Reciprocal(Reciprocal op, TContext context);
    TResult Sqrt(Sqrt op, TContext context);
    TResult Exp(Exp op, TContext context);
    TResult Log(Log op, TContext context);
    TResult Erf(Erf op, TContext context);
    TResult Floor(Floor op, TContext context);
    TResult Ceil(Ceil op, TContext context);

    // Logic
    TResult Equal(Equal op, TContext context);
    TResult Greater(Greater op, TContext context);
    TResult Less(Less op, TContext context);
    TResult And(And op, TContext context);
    TResult Or(Or op, TContext context);
    TResult Not(Not op, TContext context);
    TResult Where(Where op, TContext context);

    // Shapes
    TResult Flatten(Flatten op, TContext context);
    TResult Reshape(Reshape op, TContext context);
    TResult Transpose(Transpose op, TContext context);
    TResult Concat(Concat op, TContext context);
    TResult Split(Split op, TContext context);
    TResult Unsqueeze(Unsqueeze op, TContext context);
    TResult Squeeze(Squeeze op, TContext context);
    TResult Gather(Gather op, TContext context);
    TResult Slice(Slice op, TContext context);
    TResult Pad(Pad op, TContext context);
    TResult Resize(Resize op, TContext context);
    TResult DepthToSpace(DepthToSpace op, TContext context);
    TResult SpaceToDepth(SpaceToDepth op, TContext context);
    TResult Expand(Expand op, TContext context);
    TResult Tile(Tile op, TContext context);
    TResult ShapeOf(ShapeOf op, TContext context);
    TResult ConstantOfShape(ConstantOfShape op, TContext context);
    TResult RangeOf(RangeOf op, TContext context);

    // Types and constants
    TResult Cast(Cast op, TContext context);
    TResult QuantizeLinear(QuantizeLinear op, TContext context);
    TResult DequantizeLinear(DequantizeLinear op, TContext context);
    TResult Identity(Identity op, TContext context);
    TResult Constant(Constant op, TContext context);

    // Everything else
    TResult Foreign(Foreign op, TContext context);
}
