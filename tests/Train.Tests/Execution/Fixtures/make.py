"""Writes steps.json with PyTorch: python3 make.py (made with PyTorch 1.13.1). Tests only read it.

For every network in training mode: the loss, two numbers of the logits and of each parameter's gradient, and one of each parameter and running
statistic after a step of SGD. The modules are written by hand and have the names that the toolchain's networks have.
"""
import json
import math
import os
import torch
from torch import nn
from torch.nn import functional as F

torch.set_num_threads(1)
CLASSES, BATCH = 5, 4


def convolution(inputs, outputs, kernel, stride=1):
    return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)


class Linear(nn.Module):
    def __init__(self, inputs):
        super().__init__()
        self.fc = nn.Linear(inputs, CLASSES)

    def forward(self, x):
        return self.fc(x.flatten(1))


class Mlp(nn.Module):
    def __init__(self, inputs, hidden):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(inputs, hidden), nn.Linear(hidden, CLASSES)

    def forward(self, x):
        return self.fc2(F.relu(self.fc1(x.flatten(1))))


class CnnNetSmall(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(channels, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(64, 96, 3, padding=1), nn.ReLU(),
            nn.Conv2d(96, 64, 3, padding=1), nn.ReLU(),
            nn.Conv2d(64, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2))
        self.classifier = nn.Sequential(
            nn.Identity(), nn.Linear(576, 256), nn.ReLU(), nn.Identity(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, CLASSES))

    def forward(self, x):
        return self.classifier(F.adaptive_avg_pool2d(self.features(x), (3, 3)).flatten(1))


class WideNet(nn.Module):
    def __init__(self, channels, width, height, breadth):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(channels, width, 3, padding=1), nn.Conv2d(width, width // 2, 3, padding=1)
        self.fc1, self.fc2 = nn.Linear(width // 2 * (height // 4) * (breadth // 4), 32), nn.Linear(32, CLASSES)

    def forward(self, x):
        x = F.max_pool2d(torch.tanh(self.conv1(x)), 2)
        x = F.max_pool2d(torch.tanh(self.conv2(x)), 2)
        return self.fc2(torch.tanh(self.fc1(x.flatten(1))))


class SkipNet(nn.Module):
    def __init__(self, channels, width, height, breadth):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(channels, width, 3, padding=1), nn.Conv2d(width, width, 3, padding=1)
        self.conv3 = nn.Conv2d(width, width // 2, 3, padding=1)
        self.fc1, self.fc2 = nn.Linear(width // 2 * (height // 4) * (breadth // 4), 32), nn.Linear(32, CLASSES)

    def forward(self, x):
        first = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.relu(self.conv2(first)) + first
        x = F.max_pool2d(F.relu(self.conv3(x)), 2)
        return self.fc2(torch.tanh(self.fc1(x.flatten(1))))


class ResBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv, self.batch_norm = convolution(channels, channels, 3), nn.BatchNorm2d(channels)

    def forward(self, x):
        return F.relu(self.batch_norm(self.conv(x))) + x


class ResBlocks(nn.Module):
    def __init__(self, channels, width, blocks, shared, side):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 3, padding=1)
        self.repeats = blocks if shared else 1
        self.resblocks = nn.Sequential(*[ResBlock(width) for _ in range(1 if shared else blocks)])
        self.fc1, self.fc2 = nn.Linear(width * (side // 4) ** 2, 32), nn.Linear(32, CLASSES)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        for _ in range(self.repeats):
            x = self.resblocks(x)
        return self.fc2(torch.tanh(self.fc1(F.max_pool2d(x, 2).flatten(1))))


class Basic(nn.Module):
    expansion = 1

    def __init__(self, inputs, channels, stride, downsample):
        super().__init__()
        self.conv1, self.bn1 = convolution(inputs, channels, 3, stride), nn.BatchNorm2d(channels)
        self.conv2, self.bn2 = convolution(channels, channels, 3), nn.BatchNorm2d(channels)
        self.downsample = downsample

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


class Bottleneck(nn.Module):
    expansion = 4

    def __init__(self, inputs, channels, stride, downsample):
        super().__init__()
        self.conv1, self.bn1 = convolution(inputs, channels, 1), nn.BatchNorm2d(channels)
        self.conv2, self.bn2 = convolution(channels, channels, 3, stride), nn.BatchNorm2d(channels)
        self.conv3, self.bn3 = convolution(channels, channels * 4, 1), nn.BatchNorm2d(channels * 4)
        self.downsample = downsample

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn3(self.conv3(F.relu(self.bn2(self.conv2(y)))))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


class ZeroPadding(nn.Module):
    def __init__(self, added):
        super().__init__()
        self.added = added

    def forward(self, x):
        return F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.added // 2, self.added - self.added // 2))


def stages(block, width, blocks, first_stride, shortcut):
    inputs, result = width, []
    for stage, count in enumerate(blocks):
        channels = width << stage
        outputs = channels * block.expansion
        layers = []
        for i in range(count):
            stride = (first_stride if stage == 0 else 2) if i == 0 else 1
            layers.append(block(inputs, channels, stride, None if stride == 1 and inputs == outputs else shortcut(inputs, outputs, stride)))
            inputs = outputs
        result.append(nn.Sequential(*layers))
    return result, inputs


def projection(inputs, outputs, stride):
    return nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))


class ResNet(nn.Module):
    def __init__(self, channels, block, blocks, width):
        super().__init__()
        self.conv1, self.bn1 = convolution(channels, width, 7, 2), nn.BatchNorm2d(width)
        layers, outputs = stages(block, width, blocks, 1, projection)
        self.layer1, self.layer2, self.layer3, self.layer4 = layers
        self.fc = nn.Linear(outputs, CLASSES)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        return self.fc(self.layer4(self.layer3(self.layer2(self.layer1(x)))).mean((2, 3)))


class CifarResNet(nn.Module):
    def __init__(self, channels, blocks, width, shortcut):
        super().__init__()
        self.conv1, self.bn1 = convolution(channels, width, 3), nn.BatchNorm2d(width)
        layers, outputs = stages(Basic, width, [blocks] * 3, 1, shortcut)
        self.layer1, self.layer2, self.layer3 = layers
        self.fc = nn.Linear(outputs, CLASSES)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        return self.fc(self.layer3(self.layer2(self.layer1(x))).mean((2, 3)))


class Unit(nn.Module):
    def __init__(self, inputs, outputs, kernel, stride=1, eps=1e-5):
        super().__init__()
        self.conv, self.bn = convolution(inputs, outputs, kernel, stride), nn.BatchNorm2d(outputs, eps=eps)

    def forward(self, x):
        return F.relu(self.bn(self.conv(x)))


class InceptionBlock(nn.Module):
    def __init__(self, inputs, width):
        super().__init__()
        self.branches = nn.ModuleDict({
            "conv1x1": Unit(inputs, width, 1),
            "conv3x3": nn.Sequential(Unit(inputs, width, 1), Unit(width, width, 3)),
            "conv5x5": nn.Sequential(Unit(inputs, width, 1), Unit(width, width, 5)),
            "pool": nn.Sequential(nn.MaxPool2d(3, 1, 1), Unit(inputs, width, 1))})

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.branches.values()], 1)


class InceptionNet(nn.Module):
    def __init__(self, channels, width):
        super().__init__()
        self.stem = Unit(channels, 2 * width, 3)
        self.inception1 = InceptionBlock(2 * width, width)
        self.inception2 = InceptionBlock(4 * width, 2 * width)
        self.inception3 = InceptionBlock(8 * width, 4 * width)
        self.fc = nn.Linear(16 * width, CLASSES)

    def forward(self, x):
        x = F.max_pool2d(self.inception1(self.stem(x)), 2)
        x = self.inception3(F.max_pool2d(self.inception2(x), 2))
        return self.fc(x.mean((2, 3)))


class GoogLeNetBlock(nn.Module):
    def __init__(self, inputs, one, three_reduced, three, five_reduced, five, pooled):
        super().__init__()
        self.branch1 = Unit(inputs, one, 1, eps=1e-3)
        self.branch2 = nn.Sequential(Unit(inputs, three_reduced, 1, eps=1e-3), Unit(three_reduced, three, 3, eps=1e-3))
        self.branch3 = nn.Sequential(Unit(inputs, five_reduced, 1, eps=1e-3), Unit(five_reduced, five, 3, eps=1e-3))
        self.branch4 = nn.Sequential(nn.MaxPool2d(3, 1, 1, ceil_mode=True), Unit(inputs, pooled, 1, eps=1e-3))

    def forward(self, x):
        return torch.cat([self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], 1)


class GoogLeNet(nn.Module):
    TABLE = {
        "3a": (192, 64, 96, 128, 16, 32, 32), "3b": (256, 128, 128, 192, 32, 96, 64),
        "4a": (480, 192, 96, 208, 16, 48, 64), "4b": (512, 160, 112, 224, 24, 64, 64), "4c": (512, 128, 128, 256, 24, 64, 64),
        "4d": (512, 112, 144, 288, 32, 64, 64), "4e": (528, 256, 160, 320, 32, 128, 128),
        "5a": (832, 256, 160, 320, 32, 128, 128), "5b": (832, 384, 192, 384, 48, 128, 128)}

    def __init__(self, channels):
        super().__init__()
        self.conv1, self.conv2, self.conv3 = Unit(channels, 64, 7, 2, 1e-3), Unit(64, 64, 1, eps=1e-3), Unit(64, 192, 3, eps=1e-3)
        for name, sizes in self.TABLE.items():
            self.add_module(f"inception{name}", GoogLeNetBlock(*sizes))
        self.fc = nn.Linear(1024, CLASSES)

    def forward(self, x):
        x = F.max_pool2d(self.conv1(x), 3, 2, ceil_mode=True)
        x = F.max_pool2d(self.conv3(self.conv2(x)), 3, 2, ceil_mode=True)
        for name in self.TABLE:
            x = getattr(self, f"inception{name}")(x)
            x = F.max_pool2d(x, 3, 2, ceil_mode=True) if name == "3b" else F.max_pool2d(x, 2, 2, ceil_mode=True) if name == "4e" else x
        return self.fc(x.mean((2, 3)))


class DoubleConvolution(nn.Module):
    def __init__(self, inputs, between, outputs):
        super().__init__()
        self.double_conv = nn.Sequential(
            convolution(inputs, between, 3), nn.BatchNorm2d(between), nn.ReLU(), convolution(between, outputs, 3), nn.BatchNorm2d(outputs), nn.ReLU())

    def forward(self, x):
        return self.double_conv(x)


class Down(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.maxpool_conv = nn.Sequential(nn.MaxPool2d(2), DoubleConvolution(inputs, outputs, outputs))

    def forward(self, x):
        return self.maxpool_conv(x)


class Up(nn.Module):
    def __init__(self, inputs, outputs, bilinear):
        super().__init__()
        self.up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True) if bilinear else nn.ConvTranspose2d(inputs, inputs // 2, 2, 2)
        self.conv = DoubleConvolution(inputs, inputs // 2 if bilinear else outputs, outputs)

    def forward(self, x, across):
        x = self.up(x)
        height, width = across.shape[2] - x.shape[2], across.shape[3] - x.shape[3]
        return self.conv(torch.cat([across, F.pad(x, (width // 2, width - width // 2, height // 2, height - height // 2))], 1))


class UNet(nn.Module):
    def __init__(self, channels, width, depth, bilinear):
        super().__init__()
        self.depth = depth
        half = 2 if bilinear else 1
        self.inc = DoubleConvolution(channels, width, width)
        for i in range(1, depth + 1):
            self.add_module(f"down{i}", Down(width << (i - 1), (width << i) // (half if i == depth else 1)))
            self.add_module(f"up{i}", Up(width << (depth + 1 - i), (width << (depth - i)) // (half if i < depth else 1), bilinear))
        self.outc = nn.Module()
        self.outc.conv = nn.Conv2d(width, CLASSES, 1)

    def forward(self, x):
        scales = [self.inc(x)]
        for i in range(1, self.depth + 1):
            scales.append(getattr(self, f"down{i}")(scales[-1]))
        x = scales.pop()
        for i in range(1, self.depth + 1):
            x = getattr(self, f"up{i}")(x, scales.pop())
        return self.outc.conv(x)


FORMS = {
    "linear  3x9x9": lambda: Linear(243),
    "mlp hidden=16 3x9x9": lambda: Mlp(243, 16),
    "cnnnet size=small 1x28x28": lambda: CnnNetSmall(1),
    "widenet width=8 3x13x12": lambda: WideNet(3, 8, 13, 12),
    "skipnet width=8 3x13x12": lambda: SkipNet(3, 8, 13, 12),
    "resblocks blocks=2,width=8 3x12x12": lambda: ResBlocks(3, 8, 2, False, 12),
    "resblocks blocks=3,width=8,shared=true 1x12x12": lambda: ResBlocks(1, 8, 3, True, 12),
    "resnet20 blocks=1,width=4 1x14x13": lambda: CifarResNet(1, 1, 4, lambda inputs, outputs, stride: ZeroPadding(outputs - inputs)),
    "resnet20 blocks=2,width=4,shortcut=projection 3x12x12": lambda: CifarResNet(3, 2, 4, projection),
    "resnet18 width=4 3x65x64": lambda: ResNet(3, Basic, [2, 2, 2, 2], 4),
    "resnet34 width=4 3x64x64": lambda: ResNet(3, Basic, [3, 4, 6, 3], 4),
    "resnet50 width=4 3x64x64": lambda: ResNet(3, Bottleneck, [3, 4, 6, 3], 4),
    "resnet101 width=2 3x64x64": lambda: ResNet(3, Bottleneck, [3, 4, 23, 3], 2),
    "resnet152 width=2 3x64x64": lambda: ResNet(3, Bottleneck, [3, 8, 36, 3], 2),
    "inception width=3 1x14x15": lambda: InceptionNet(1, 3),
    "googlenet  3x65x64": lambda: GoogLeNet(3),
    "unet width=4,depth=2 1x15x17": lambda: UNet(1, 4, 2, False),
    "unet width=4,depth=2,up=bilinear 3x15x17": lambda: UNet(3, 4, 2, True),
}


def wave(length, frequency, phase):
    i = torch.arange(length, dtype=torch.float64)
    return torch.sin((0.7 * i * i) % 6.1 + frequency * i + phase)


def fill(name, tensor):
    values = wave(tensor.numel(), 1.3, len(name))
    if tensor.dim() > 1:
        values = values * math.sqrt(3.0 / (tensor.numel() / tensor.shape[0]))
    elif name.endswith("running_var"):
        values = 1 + 0.5 * values
    elif name.endswith("weight"):
        values = 1 + 0.3 * values
    else:
        values = 0.2 * values
    tensor.copy_(values.float().reshape(tensor.shape))


def measures(tensor):
    values = tensor.detach().double().flatten()
    return [float(f"{x:.7g}") for x in (values.norm(), values @ wave(len(values), 0.9, 0.4))]


def measured(build, size):
    network = build().train()
    with torch.no_grad():
        for name, tensor in network.state_dict().items():
            if not name.endswith("num_batches_tracked"):
                fill(name, tensor)
    channels, height, width = map(int, size.split("x"))
    x = (wave(BATCH * channels * height * width, 0.37, 0.0)).float().reshape(BATCH, channels, height, width)
    logits = network(x)
    labelled = [logits.shape[0], *logits.shape[2:]]
    labels = torch.arange(math.prod(labelled)).remainder(CLASSES).reshape(labelled)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    gradients = {name: measures(p.grad) for name, p in network.named_parameters()}
    torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9, weight_decay=0.01).step()
    after = {name: measures(t)[1] for name, t in network.state_dict().items() if not name.endswith("num_batches_tracked")}
    return {"loss": float(f"{loss.item():.7g}"), "logits": measures(logits), "gradients": gradients, "after": after}


if __name__ == "__main__":
    os.chdir(os.path.dirname(os.path.abspath(__file__)))
    lines = []
    for form, build in FORMS.items():
        found = measured(build, form.split(" ")[-1])
        lines.append(f"{json.dumps(form)}: {json.dumps(found, separators=(',', ':'))}")
    with open("steps.json", "w") as file:
        file.write("{\n" + ",\n".join(lines) + "\n}\n")
