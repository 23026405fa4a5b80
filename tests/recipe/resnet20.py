"""README's recipe on a ResNet-20 with our weights: writes the images, the directions that the recipe
drew, and its surfaces, for `lossland surface` to compute again.

    resnet20.py WEIGHTS.safetensors
"""

import json
import struct
import sys

import numpy as np
import torch
from plane import directions, plane
from torch import nn
from torch.nn import functional as F

SEED = 3
AXIS = np.linspace(-1, 1, 5)
DTYPES = {"BF16": torch.bfloat16, "F32": torch.float32, "I64": torch.int64}


class Block(nn.Module):
    def __init__(self, before, planes, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(before, planes, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.shortcut = nn.Sequential()
        if before != planes:
            conv = nn.Conv2d(before, planes, 1, stride, bias=False)
            self.shortcut = nn.Sequential(conv, nn.BatchNorm2d(planes))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(y)) + self.shortcut(x))


class ResNet20(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.layer1 = nn.Sequential(*[Block(16, 16, 1) for _ in range(3)])
        self.layer2 = nn.Sequential(Block(16, 32, 2), Block(32, 32, 1), Block(32, 32, 1))
        self.layer3 = nn.Sequential(Block(32, 64, 2), Block(64, 64, 1), Block(64, 64, 1))
        self.linear = nn.Linear(64, 10)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.linear(x.mean((2, 3)))


def read_safetensors(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        body = file.read()
    header.pop("__metadata__", None)
    state = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        values = torch.frombuffer(bytearray(body[begin:end]), dtype=DTYPES[entry["dtype"]])
        state[name] = values.reshape(entry["shape"])
    return state


def write_safetensors(path, tensors):
    header, body = {}, b""
    for name, tensor in tensors.items():
        values = tensor.numpy().astype("<f8").tobytes()
        offsets = [len(body), len(body) + len(values)]
        header[name] = {"dtype": "F64", "shape": list(tensor.shape), "data_offsets": offsets}
        body += values
    header = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(header)) + header + body)


def percent(outputs, labels):
    return 100 * (outputs.argmax(1) == labels).double().mean()


model = ResNet20()
model.load_state_dict(read_safetensors(sys.argv[1]))
model.double()

torch.manual_seed(1)
images, labels = torch.randn(6, 3, 32, 32).double(), torch.randint(10, (6,))
np.savez("images.npz", images=images.numpy(), labels=labels.numpy())
# The last batch is smaller than the others.
batches = list(zip(images.split(4), labels.split(4)))

names = [name for name, _ in model.named_parameters()]
drawn = list(zip(names, directions(model, SEED)))
pair = {f"{axis}.{name}": d[k].detach() for k, axis in enumerate("xy") for name, d in drawn}
write_safetensors("directions.safetensors", pair)
plane(model, F.cross_entropy, batches, "loss.npz", SEED, AXIS)
plane(model, percent, batches, "accuracy.npz", SEED, AXIS, "train_accuracy")
