"""Writes the files of this folder with PyTorch: python3 make.py (made with PyTorch 1.13.1). Tests only read them."""
import json
import os
import struct
import torch
from torch import nn
from torch.nn import functional as F


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.batch_norm = nn.BatchNorm2d(channels)

    def forward(self, x):
        return torch.relu(self.batch_norm(self.conv(x))) + x


class ResBlocks(nn.Module):
    """The network resblocks with blocks=2 and width=4, for 1x16x16 images and 3 classes."""

    def __init__(self, shared):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 3, padding=1)
        self.resblocks = nn.Sequential(*([Block(4)] * 2 if shared else [Block(4), Block(4)]))
        self.fc1 = nn.Linear(4 * 4 * 4, 32)
        self.fc2 = nn.Linear(32, 3)

    def forward(self, x):
        x = F.max_pool2d(torch.relu(self.conv1(x)), 2)
        x = F.max_pool2d(self.resblocks(x), 2)
        return self.fc2(torch.tanh(self.fc1(x.flatten(1))))


def write(name, tensors):
    header, data = {}, b""
    for key, tensor in tensors.items():
        content = struct.pack(f"<{tensor.numel()}f", *tensor.flatten().tolist())
        header[key] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header).encode()
    with open(name, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


os.chdir(os.path.dirname(os.path.abspath(__file__)))
torch.manual_seed(1)
for name, shared in ("resblocks", False), ("resblocks-shared", True):
    net = ResBlocks(shared)
    # Steps on noise, so that running statistics and scales are not what they began with.
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(20):
        optimizer.zero_grad()
        F.cross_entropy(net(torch.rand(16, 1, 16, 16)), torch.randint(3, (16,))).backward()
        optimizer.step()
    net.eval()
    images = torch.rand(4, 1, 16, 16)
    with torch.no_grad():
        write(f"{name}.expected.safetensors", {"images": images, "logits": net(images)})
    torch.save(net.state_dict(), f"{name}.pth")
    if not shared:
        torch.save({"epoch": 20, "model_state_dict": nn.DataParallel(net).state_dict()}, f"{name}-parallel.pth", _use_new_zipfile_serialization=False)
        torch.save({key: value.half() if value.is_floating_point() else value for key, value in net.state_dict().items()}, f"{name}-half.pth")
