namespace Toolchain.EndToEnd.Tests;

/// <summary>A line of the notes and the command that does what it says.</summary>
/// <param name="Note">Where it stands: the document, and the heading or the book's page.</param>
/// <param name="Does">What the command does.</param>
/// <param name="Command">The command, as a person types it.</param>
internal sealed record NoteRow(string Note, string Does, string Command);

/// <summary>
/// The README's table «Notes → command». Rows build on those before them: models are trained first and used later. The documents are: Techniques (short
/// recipes), Building blocks, Task 03, and Deep Learning with PyTorch by page.
/// </summary>
internal static class NotesToCommands
{
    public static IReadOnlyList<NoteRow> Rows { get; } =
    [
        new("Techniques: nn.Sequential, class CNNNet", "features, avgpool, classifier", "bin/train run cnnnet --set size=small --data fashion-mnist --name fashion"),
        new("Techniques: Adaptive layers", "the same network for any image size", "bin/train describe cnnnet --input 3x300x200 --classes 2"),
        new("Techniques: Inception/GoogLeNet", "convolutions of several sizes, concatenated", "bin/train run inception --data fashion-mnist"),
        new("Techniques: Inception/GoogLeNet", "GoogLeNet itself", "bin/train describe googlenet --input 3x224x224 --classes 1000"),
        new("Techniques: Skip connections", "out + out1", "bin/train run skipnet --data fashion-mnist"),
        new("Techniques: Very deep models; page 227", "100 residual blocks", "bin/train run resblocks --set blocks=100 --data fashion-mnist --name deep"),
        new("Techniques: Very deep models", "the note's list of one block, 100 times", "bin/train run resblocks --set blocks=100 --set shared=true --data fashion-mnist"),
        new("Techniques: Gradient checkpointing", "activations between ten segments only", "bin/train run resblocks --set blocks=100 --checkpoint-segments 10 --data fashion-mnist"),
        new("Techniques: Freezing model", "all but batch norms and the head", "bin/train run resnet20 --data fashion-mnist --freeze-except '*bn*,fc*' --name frozen"),
        new("Techniques: L2 regularization", "λ·Σw², as the note adds it to the loss", "bin/train run mlp --data fashion-mnist --l2 0.0001"),
        new("Techniques: L2 regularization", "the optimiser's form: weight_decay = 2λ", "bin/train run mlp --data fashion-mnist --optimizer sgd --weight-decay 0.0002"),
        new("Techniques: Start small and get bigger", "64×64, then 128×128 with the learned parameters", "bin/train run resnet20 --data fashion-mnist --sizes 64:5,128:5"),
        new("Techniques: Ensemble", "members with different seeds", "bin/train run mlp --data fashion-mnist --ensemble 2 --name member"),
        new("Techniques: Ensemble", "the mean of their softmax", "bin/train evaluate member-1 member-2 --data fashion-mnist"),
        new("Techniques: Ensemble", "snapshots of one cyclic run", "bin/train run mlp --data fashion-mnist --schedule cosine-restarts --cycle 2 --epochs 4 --snapshots --name snapshot"),
        new("Techniques: Differential learning rates", "1e-3 for the classifier, 1e-2 for the rest", "bin/train run cnnnet --set size=small --data fashion-mnist --optimizer sgd --schedule constant --lr 0.01 --lr-for 'classifier=0.001' --momentum 0.9"),
        new("Techniques: Mixup", "pairs of images and their targets", "bin/train run cnnnet --set size=small --data fashion-mnist --mixup 0.2"),
        new("Building blocks: regularization; page 219", "L1, L2, elastic net", "bin/train run mlp --data fashion-mnist --l1 0.00001 --l2 0.0001"),
        new("Building blocks: weights initialization; page 228", "by layer kind", "bin/train run cnnnet --set size=small --data fashion-mnist --init conv=kaiming-normal,linear=xavier-uniform"),
        new("Building blocks: batch normalization; page 222", "convolutions without bias before it", "bin/train describe resnet20"),
        new("Building blocks: SAME mode; pages 198, 205", "the padding that keeps the size; receptive fields; parameters", "bin/train describe skipnet"),
        new("Building blocks: training/evaluation mode; page 223", "measures in evaluation mode", "bin/train evaluate fashion --data fashion-mnist"),
        new("Building blocks: freeze, first way", "out of the optimiser", "bin/train run --from fashion --data fashion-mnist --freeze features --freeze-by optimizer --name tuned"),
        new("Building blocks: freeze, second way", "requires_grad off, until the second epoch", "bin/train run --from fashion --data fashion-mnist --freeze features --freeze-by requires-grad --unfreeze-at 2 --name tuned"),
        new("Building blocks: deep dreams", "the input is what the optimiser updates", "bin/train look fashion --data fashion-mnist --dream all --out dreams"),
        new("Task 03: Model definition; page 159", "784-256-10 with named layers", "bin/train run mlp --data fashion-mnist --name small"),
        new("Task 03: Model modification", "a layer replaced", "bin/train run mlp --data fashion-mnist --replace 'relu1=Tanh'"),
        new("Task 03: Model modification", "a layer dropped, another head", "bin/train describe mlp --remove relu1 --classes 3"),
        new("Task 03: Saving and loading; pages 214, 215", "a state_dict for PyTorch", "bin/train export-weights small small.pth"),
        new("Task 03: Saving and loading; pages 214, 215", "a state_dict from PyTorch, from any device", "bin/train import-weights small.pth --network mlp --input 1x28x28 --classes 10 --name imported"),
        new("Task 03: multi-card training", "the names of DataParallel, module.…", "bin/train export-weights small parallel.pth --prefix module."),
        new("Task 03: Loss function", "another loss", "bin/train run mlp --data fashion-mnist --loss focal"),
        new("Task 03: Dynamic learning rate", "StepLR with step_size, gamma, last_epoch", "bin/train run mlp --data fashion-mnist --optimizer sgd --schedule step --step-size 1 --gamma 0.1 --last-epoch -1"),
        new("Task 03: Fine tuning", "U-Net with outc.conv frozen", "bin/train run unet --set width=4 --data masks:scenes --freeze outc.conv"),
        new("Task 03: Float16 training", "float16 with loss scaling", "bin/train run mlp --data fashion-mnist --precision float16"),
        new("page 110: L1 vs L2", "regression on numbers, squared error", "bin/train run linear --data csv:thermometer.csv --loss mse --optimizer sgd --lr 0.1"),
        new("page 110: L1 vs L2", "the same with absolute error", "bin/train run linear --data csv:thermometer.csv --loss l1 --optimizer sgd --lr 0.1"),
        new("page 118: too large a learning rate", "finds one", "bin/train find-lr mlp --data fashion-mnist --plot rates.svg"),
        new("page 119: input normalization", "mean and deviation of the training images, which every run divides out", "bin/train data fashion-mnist"),
        new("page 127: torch.optim; page 130: Adam", "another optimiser", "bin/train run mlp --data fashion-mnist --optimizer adam"),
        new("page 131: overfitting", "a validation split that ends the run", "bin/train run mlp --data fashion-mnist --validation 0.2 --early-stop 3"),
        new("page 131: data augmentation", "noise, translation, mirror, rotation, erasing", "bin/train run mlp --data fashion-mnist --crop 2 --flip --rotate 10 --noise 0.1 --erase 0.25"),
        new("page 131: dropout; page 221", "another ratio", "bin/train run cnnnet --set size=small --data fashion-mnist --replace 'classifier.0=Dropout(0.2)'"),
        new("page 155: batching; page 183: mini-batches", "the largest batch that fits", "bin/train run mlp --data fashion-mnist --batch auto"),
        new("page 175: classification", "softmax regression", "bin/train run linear --data fashion-mnist"),
        new("pages 180, 185: NLLLoss and CrossEntropyLoss", "LogSoftmax with nll", "bin/train run mlp --set log_softmax=true --data fashion-mnist --loss nll"),
        new("page 186: accuracy", "accuracy, top-5, confusion, calibration", "bin/train evaluate small --data fashion-mnist --top-k 5 --confusion --per-class --calibration calibration.svg"),
        new("page 194: convolutions", "what the first layer looks for", "bin/train look fashion --data fashion-mnist --filters --out filters"),
        new("page 218: width", "twice as wide", "bin/train run widenet --set width=32 --data fashion-mnist"),
        new("page 224: vanishing gradients", "the residual network of the paper", "bin/train describe resnet152 --input 3x224x224 --classes 1000"),
    ];
}
