"""The baseline of loader.sh: torch.utils.data.DataLoader over the same files with the same transforms. Prints the images/s of each epoch.

With torchvision: ImageFolder, RandomCrop(padding=4), RandomHorizontalFlip, ToTensor and Normalize. Without it, the same steps on PIL images and NumPy arrays.

usage: loader_pytorch.py FOLDER WORKERS EPOCHS
"""
import os
import random
import sys
import time

import numpy
import torch
from PIL import Image

try:
    import torchvision
except ImportError:
    torchvision = None

folder, workers, epochs = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
torch.set_num_threads(1)
MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
PADDING = 4


class Folder(torch.utils.data.Dataset):
    def __init__(self):
        classes = sorted(entry.name for entry in os.scandir(folder) if entry.is_dir())
        self.samples = [(os.path.join(folder, name, file), label) for label, name in enumerate(classes) for file in sorted(os.listdir(os.path.join(folder, name)))]
        self.mean = torch.tensor(MEAN).view(3, 1, 1)
        self.std = torch.tensor(STD).view(3, 1, 1)

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, index):
        path, label = self.samples[index]
        with Image.open(path) as image:
            pixels = numpy.asarray(image.convert("RGB"))
        height, width = pixels.shape[:2]
        padded = numpy.pad(pixels, ((PADDING, PADDING), (PADDING, PADDING), (0, 0)))
        top, left = random.randint(0, 2 * PADDING), random.randint(0, 2 * PADDING)
        pixels = padded[top:top + height, left:left + width]
        if random.random() < 0.5:
            pixels = pixels[:, ::-1]
        values = torch.from_numpy(numpy.ascontiguousarray(pixels)).permute(2, 0, 1).contiguous().to(torch.float32).div(255)
        return values.sub_(self.mean).div_(self.std), label


def dataset():
    if torchvision is None:
        return Folder()
    from torchvision import transforms
    with Image.open(Folder().samples[0][0]) as first:
        size = (first.height, first.width)
    return torchvision.datasets.ImageFolder(folder, transforms.Compose([
        transforms.RandomCrop(size, padding=PADDING), transforms.RandomHorizontalFlip(), transforms.ToTensor(), transforms.Normalize(MEAN, STD)]))


loader = torch.utils.data.DataLoader(dataset(), batch_size=64, shuffle=True, drop_last=True, num_workers=workers, persistent_workers=workers > 0)
for _ in range(epochs):
    started, images = time.perf_counter(), 0
    for batch, labels in loader:
        images += batch.shape[0]
    print(f"{images / (time.perf_counter() - started):.1f}", flush=True)
