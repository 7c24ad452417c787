"""Makes the ONNX files beside it with PyTorch's exporter (torch 1.13.1): small networks with the structures of known ones.

Run with a Python that has torch:  python3 make.py
"""
import os
import torch
import torch.nn as nn
import torch.nn.functional as F

HERE = os.path.dirname(os.path.abspath(__file__))


def conv(i, o, k=3, s=1, g=1, act=nn.ReLU):
    return nn.Sequential(nn.Conv2d(i, o, k, s, k // 2, groups=g, bias=False), nn.BatchNorm2d(o), act())


class ResBlock(nn.Module):
    def __init__(self, i, o, s):
        super().__init__()
        self.a, self.b = conv(i, o, 3, s), conv(o, o, act=nn.Identity)
        self.down = conv(i, o, 1, s, act=nn.Identity)

    def forward(self, x):
        return F.relu(self.b(self.a(x)) + self.down(x))


class DenseLayer(nn.Module):
    def __init__(self, i):
        super().__init__()
        self.n1, self.c1 = nn.BatchNorm2d(i), nn.Conv2d(i, 8, 1, bias=False)
        self.n2, self.c2 = nn.BatchNorm2d(8), nn.Conv2d(8, 4, 3, padding=1, bias=False)

    def forward(self, x):
        return torch.cat([x, self.c2(F.relu(self.n2(self.c1(F.relu(self.n1(x))))))], 1)


class SqueezeExcite(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.f1, self.f2 = nn.Conv2d(c, 4, 1), nn.Conv2d(4, c, 1)

    def forward(self, x):
        return x * F.hardsigmoid(self.f2(F.relu(self.f1(F.adaptive_avg_pool2d(x, 1)))))


class ShuffleUnit(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.a, self.b = conv(c // 2, c // 2, 1), conv(c // 2, c // 2, 3, g=c // 2)

    def forward(self, x):
        left, right = x.chunk(2, dim=1)
        x = torch.cat((left, self.b(self.a(right))), 1)
        n, c, h, w = x.size()
        return x.view(n, 2, c // 2, h, w).transpose(1, 2).contiguous().view(n, -1, h, w)


class Inception(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.a, self.b = conv(c, 4, 1), nn.Sequential(conv(c, 4, 1), conv(4, 6))
        self.c = nn.Sequential(nn.MaxPool2d(3, 1, 1), conv(c, 2, 1))

    def forward(self, x):
        return torch.cat([self.a(x), self.b(x), self.c(x), F.avg_pool2d(x, 3, 1, 1)], 1)


class Fire(nn.Module):
    def __init__(self, i):
        super().__init__()
        self.s, self.e1, self.e3 = nn.Conv2d(i, 4, 1), nn.Conv2d(4, 4, 1), nn.Conv2d(4, 4, 3, padding=1)

    def forward(self, x):
        x = F.relu(self.s(x))
        return torch.cat([F.relu(self.e1(x)), F.relu(self.e3(x))], 1)


class LayerNorm2d(nn.LayerNorm):
    def forward(self, x):
        return F.layer_norm(x.permute(0, 2, 3, 1), self.normalized_shape, self.weight, self.bias, self.eps).permute(0, 3, 1, 2)


class ConvNeXtBlock(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.dw, self.norm = nn.Conv2d(c, c, 7, padding=3, groups=c), nn.LayerNorm(c, eps=1e-6)
        self.up, self.down, self.scale = nn.Linear(c, 2 * c), nn.Linear(2 * c, c), nn.Parameter(torch.full((c,), 0.1))

    def forward(self, x):
        y = self.dw(x).permute(0, 2, 3, 1)
        return x + (self.scale * self.down(F.gelu(self.up(self.norm(y))))).permute(0, 3, 1, 2)


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = conv(3, 4), conv(4, 8)
        self.up, self.c, self.head = nn.ConvTranspose2d(8, 4, 2, 2), conv(8, 4), nn.Conv2d(4, 3, 1)

    def forward(self, x):
        a = self.a(x)
        b = F.interpolate(self.b(F.max_pool2d(a, 2)), scale_factor=1.0, mode="nearest")
        c = self.c(torch.cat([a, self.up(b)], 1))
        return self.head(F.interpolate(F.max_pool2d(c, 2), size=x.shape[-2:], mode="bilinear", align_corners=False))


class Head(nn.Module):
    def __init__(self, c, how, softmax=False):
        super().__init__()
        self.fc, self.how, self.softmax = nn.Linear(c, 5), how, softmax

    def forward(self, x):
        x = F.adaptive_avg_pool2d(x, 1)
        x = torch.flatten(x, 1) if self.how == "flatten" else x.view(x.size(0), -1) if self.how == "view" else x.mean([2, 3])
        x = self.fc(F.dropout(x, 0.2, self.training))
        return F.softmax(x, dim=1) if self.softmax else x


NETS = {
    "resnet": (9, nn.Sequential(conv(1, 8, 3, 2), nn.MaxPool2d(3, 2, 1), ResBlock(8, 8, 1), ResBlock(8, 12, 2), Head(12, "view"))),
    "densenet": (10, nn.Sequential(nn.Conv2d(1, 8, 3, 2, 1), DenseLayer(8), DenseLayer(12), nn.AvgPool2d(2), Head(16, "flatten"))),
    "mobilenet": (14, nn.Sequential(conv(1, 8, 3, 2, act=nn.Hardswish), conv(8, 8, 3, 1, 8, nn.ReLU6), SqueezeExcite(8), conv(8, 12, 1, act=nn.SiLU), Head(12, "flatten"))),
    "shufflenet": (11, nn.Sequential(conv(1, 8, 3, 2), ShuffleUnit(8), ShuffleUnit(8), Head(8, "mean"))),
    "inception": (12, nn.Sequential(conv(3, 6, 3, 2), nn.MaxPool2d(3, 2, ceil_mode=True), Inception(6), Head(18, "flatten", softmax=True))),
    "squeezenet": (9, nn.Sequential(nn.Conv2d(1, 8, 3, 2), nn.ReLU(), nn.MaxPool2d(3, 2, ceil_mode=True), Fire(8), nn.Dropout(), nn.Conv2d(8, 5, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Softmax(1))),
    "convnext": (17, nn.Sequential(nn.Conv2d(1, 8, 4, 4), LayerNorm2d(8), ConvNeXtBlock(8), Head(8, "mean"))),
    "groupnorm": (13, nn.Sequential(nn.Conv2d(1, 8, 3, 2, 1), nn.GroupNorm(2, 8), nn.ELU(), nn.Conv2d(8, 8, 3), nn.InstanceNorm2d(8, affine=True), nn.PReLU(8), Head(8, "flatten"))),
    "unet": (11, UNet()),
}


def main():
    for name, (opset, net) in NETS.items():
        torch.manual_seed(len(name))
        for module in net.modules():
            if isinstance(module, nn.BatchNorm2d):
                nn.init.uniform_(module.weight, 0.5, 1.5)
                nn.init.normal_(module.bias, 0, 0.1)
                module.running_mean.normal_(0, 0.1)
                module.running_var.uniform_(0.5, 1.5)
        net.eval()
        channels = next(m for m in net.modules() if isinstance(m, nn.Conv2d)).in_channels
        torch.onnx.export(
            net, torch.randn(2, channels, 16, 16), os.path.join(HERE, name + ".onnx"), opset_version=opset,
            input_names=["input"], output_names=["output"],
            dynamic_axes=None if name == "densenet" else {"input": {0: "batch"}, "output": {0: "batch"}},
            keep_initializers_as_inputs=name == "squeezenet",
            training=torch.onnx.TrainingMode.PRESERVE if name == "resnet" else torch.onnx.TrainingMode.EVAL,
            do_constant_folding=name != "resnet")
        strip(os.path.join(HERE, name + ".onnx"))


def strip(path):
    """Takes out where in which source file each node was made: it names folders of a machine."""
    import onnx
    model = onnx.load(path)
    for node in model.graph.node:
        node.ClearField("doc_string")
    onnx.save(model, path)


if __name__ == "__main__":
    main()
