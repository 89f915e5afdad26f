"""Loads a ResNet-18 that mixup-webgpu has written into PyTorch, strictly, and prints its logits for one image of ones.

    python3 load.py net.safetensors [channels classes size [ours.json]]

The net is the paper's (its authors' names: conv1, layer1.0.bn1, ..., linear). With `ours.json`, a list of the logits that
mixup-webgpu gives for that image, the largest difference is printed, too. Needs PyTorch only: the file is read here.
"""

import json
import struct
import sys

import torch
from torch import nn
from torch.nn import functional

DTYPES = {"F32": torch.float32, "F64": torch.float64, "I64": torch.int64}


def read_safetensors(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        flat = torch.frombuffer(bytearray(data[begin:end]), dtype=DTYPES[entry["dtype"]])
        tensors[name] = flat.reshape(entry["shape"])
    return tensors


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Sequential()
        if stride != 1:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x):
        y = functional.relu(self.bn1(self.conv1(x)))
        return functional.relu(self.bn2(self.conv2(y)) + self.shortcut(x))


class ResNet18(nn.Module):
    def __init__(self, channels, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, 64, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        widths = [64, 64, 128, 256, 512]
        for stage in range(1, 5):
            stride = 1 if stage == 1 else 2
            blocks = [Block(widths[stage - 1], widths[stage], stride), Block(widths[stage], widths[stage], 1)]
            setattr(self, f"layer{stage}", nn.Sequential(*blocks))
        self.linear = nn.Linear(512, classes)

    def forward(self, x):
        x = functional.relu(self.bn1(self.conv1(x)))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.linear(x.mean(dim=(2, 3)))


def main():
    path = sys.argv[1]
    channels, classes, size = (int(x) for x in (sys.argv[2:5] or (3, 10, 32)))
    net = ResNet18(channels, classes)
    net.load_state_dict(read_safetensors(path), strict=True)
    net.eval()
    with torch.no_grad():
        logits = net(torch.ones(1, channels, size, size))[0]
    print("loaded strictly; logits", [round(float(x), 6) for x in logits])
    if len(sys.argv) > 5:
        ours = torch.tensor(json.load(open(sys.argv[5])))
        print("largest difference", float((ours - logits).abs().max()))


if __name__ == "__main__":
    main()
