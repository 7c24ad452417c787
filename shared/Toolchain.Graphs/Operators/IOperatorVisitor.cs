namespace Toolchain.Graphs;

/// <summary>A reader of graphs that treats every operator: the libtorch executor, for example. One method per operator.</summary>
/// <typeparam name="TContext">What the reader hands along: the node with its inputs.</typeparam>
/// <typeparam name="TResult">What the reader makes of a node.</typeparam>
public interface IOperatorVisitor<in TContext, out TResult>
{
    // Convolutions, matrix products, normalisation
    TResult Conv(Conv op, TContext context);
    TResult ConvTranspose(ConvTranspose op, TContext context);
    TResult Gemm(Gemm op, TContext context);
    TResult MatMul(MatMul op, TContext context);
    TResult BatchNormalization(BatchNormalization op, TContext context);

    // Pooling
    TResult MaxPool(MaxPool op, TContext context);
    TResult AveragePool(AveragePool op, TContext context);
    TResult GlobalAveragePool(GlobalAveragePool op, TContext context);

    // Activations
    TResult Relu(Relu op, TContext context);
    TResult LeakyRelu(LeakyRelu op, TContext context);
    TResult Sigmoid(Sigmoid op, TContext context);
    TResult Tanh(Tanh op, TContext context);
    TResult Clip(Clip op, TContext context);
    TResult Softmax(Softmax op, TContext context);
    TResult LogSoftmax(LogSoftmax op, TContext context);
    TResult Dropout(Dropout op, TContext context);

    // Arithmetic
    TResult Add(Add op, TContext context);
    TResult Sub(Sub op, TContext context);
    TResult Mul(Mul op, TContext context);
    TResult Div(Div op, TContext context);
    TResult ReduceMean(ReduceMean op, TContext context);

    // Shapes and types
    TResult Flatten(Flatten op, TContext context);
    TResult Reshape(Reshape op, TContext context);
    TResult Transpose(Transpose op, TContext context);
    TResult Concat(Concat op, TContext context);
    TResult Unsqueeze(Unsqueeze op, TContext context);
    TResult Squeeze(Squeeze op, TContext context);
    TResult Pad(Pad op, TContext context);
    TResult Resize(Resize op, TContext context);
    TResult Cast(Cast op, TContext context);
    TResult Identity(Identity op, TContext context);
    TResult Constant(Constant op, TContext context);

    // Everything else
    TResult Foreign(Foreign op, TContext context);
}
