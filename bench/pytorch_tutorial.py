"""The baseline of time-to-accuracy.sh: the loop of PyTorch's tutorials on Fashion-MNIST, until a test accuracy is reached. Prints one JSON line.

Its network is the benchmark's cnnnet, its DataLoader is torch's, its optimiser SGD with lr 1e-2 and momentum 0.9, its batch 64, its precision float32.

usage: pytorch_tutorial.py ACCURACY THREADS LIMIT_SECONDS
"""
import json
import sys
import time

target, threads, limit = float(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
sys.argv = [sys.argv[0], "cnnnet", "float32", "contiguous", "0", "64", str(threads)]
source = open(__file__.replace("pytorch_tutorial", "pytorch_training")).read()
exec(compile(source.split("model = {")[0], "pytorch_training.py", "exec"))

model = cnnnet()
optimizer = torch.optim.SGD(model.parameters(), lr=1e-2, momentum=0.9)
normalised = (images.float() / 255 - 0.286) / 0.353
loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(normalised, labels), batch_size=64, shuffle=True)
test_images = (read("t10k-images-idx3-ubyte", 16).view(-1, 1, 28, 28).float() / 255 - 0.286) / 0.353
test_labels = read("t10k-labels-idx1-ubyte", 8).long()
started, epoch, accuracy = time.perf_counter(), 0, 0.0
while accuracy < target and time.perf_counter() - started < limit:
    epoch += 1
    model.train()
    for x, y in loader:
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        accuracy = sum((model(test_images[i:i + 500]).argmax(1) == test_labels[i:i + 500]).sum().item() for i in range(0, 10000, 500)) / 10000
    print(f"epoch {epoch}: {accuracy:.4f} after {time.perf_counter() - started:.1f} s", file=sys.stderr, flush=True)
print(json.dumps({"seconds": time.perf_counter() - started, "epochs": epoch, "accuracy": accuracy, "reached": accuracy >= target}))
