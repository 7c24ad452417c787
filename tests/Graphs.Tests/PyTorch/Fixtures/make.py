"""Writes the files of this folder with PyTorch: python3 make.py (made with PyTorch 1.13.1). Tests only read them."""
import collections
import json
import os
import struct
import torch
from torch import nn

TYPES = {torch.float64: "F64", torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.int64: "I64",
         torch.int32: "I32", torch.int16: "I16", torch.int8: "I8", torch.uint8: "U8", torch.bool: "BOOL"}


def save(name, value):
    torch.save(value, f"{name}.pth")
    torch.save(value, f"{name}-legacy.pth", _use_new_zipfile_serialization=False)


def expect(name, tensors):
    """The same values in row-major order, as safetensors."""
    header, data = {}, b""
    for key, tensor in tensors.items():
        dense = tensor.detach().contiguous()
        content = bytes(dense.view(-1).view(torch.uint8).tolist()) if dense.numel() and dense.dtype != torch.bool else bytes(dense.view(-1).tolist())
        header[key] = {"dtype": TYPES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header).encode()
    with open(f"{name}.safetensors", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def tensors():
    base = torch.arange(24.0).reshape(2, 3, 4)
    every = collections.OrderedDict()
    every["base"] = base
    every["same"] = base
    every["transposed"] = base.transpose(0, 2)
    every["row"] = base[1, 2]
    every["steps"] = base[:, ::2, 1::2]
    every["expanded"] = torch.tensor([1.5, -2.5]).reshape(2, 1).expand(2, 5)
    every["channels_last"] = torch.arange(120.0).reshape(2, 3, 4, 5).contiguous(memory_format=torch.channels_last)
    every["scalar"] = torch.tensor(7)
    every["empty"] = torch.empty(0, 4)
    for dtype in TYPES:
        every[str(dtype)[6:]] = torch.tensor([0.0, 1.0, 1.5, -100.25, 3.1415926]).abs().to(dtype)
    return every


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3)
        self.bn = nn.BatchNorm2d(2)
        self.fc = nn.Linear(8, 2)


class Leaf(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(2))


class Shell:
    def __reduce__(self):
        return os.system, ("touch executed",)


os.chdir(os.path.dirname(os.path.abspath(__file__)))
torch.manual_seed(0)
save("tensors", tensors())
expect("tensors", tensors())

net = Net()
optimizer = torch.optim.Adam(net.parameters())
net.fc(torch.ones(1, 8)).sum().backward()
optimizer.step()
save("net", net.state_dict())
expect("net", net.state_dict())
save("parallel", nn.DataParallel(net).state_dict())
save("parameters", dict(net.named_parameters()))
save("checkpoint", {"epoch": 3, "state_dict": net.state_dict(), "optimizer": optimizer.state_dict(), "loss": 0.25, "size": torch.Size([1, 6, 6])})
torch.save(nn.Sequential(nn.Linear(2, 2)), "whole-model.pth")
torch.save(Leaf(), "whole-model-legacy.pth", _use_new_zipfile_serialization=False)
save("shell", {"weight": torch.ones(1), "more": Shell()})
