"""Writes the models of this folder with PyTorch, and what PyTorch computes with them.

    pip install torch safetensors
    python3 tests/models/make.py
"""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

FOLDER = Path(__file__).parent


class Named(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(4, 3)
        self.fc2 = nn.Linear(3, 2, bias=False)

    def forward(self, inputs):
        return torch.sigmoid(self.fc2(torch.tanh(self.fc1(inputs))))


class Wrapped(nn.Module):
    def __init__(self):
        super().__init__()
        layers = [nn.Linear(4, 12)]
        for _ in range(10):  # more than ten, so that names do not sort as numbers do
            layers += [nn.ReLU(), nn.Linear(12, 12)]
        self.net = nn.Sequential(*layers, nn.ReLU(), nn.Linear(12, 2), nn.Softmax(dim=1))

    def forward(self, inputs):
        return self.net(inputs)


torch.manual_seed(1)
inputs = torch.rand(3, 4, dtype=torch.float64)
sequential = nn.Sequential(
    nn.Flatten(), nn.Linear(4, 5), nn.ReLU(), nn.Dropout(0.1), nn.Linear(5, 2), nn.Softmax(dim=1)
)
models = {
    "sequential": sequential.eval(),
    "named_double": Named().double(),
    "wrapped": Wrapped(),
    "bfloat16": nn.Sequential(nn.Linear(4, 2)).bfloat16(),
    "convolution": nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(8, 2)),
}
outputs = {}
for name, model in models.items():
    save_file(model.state_dict(), FOLDER / f"{name}.safetensors")
    if name in ("sequential", "named_double", "wrapped"):
        dtype = next(model.parameters()).dtype
        outputs[name] = model(inputs.to(dtype)).tolist()
(FOLDER / "outputs.json").write_text(json.dumps({"inputs": inputs.tolist(), "outputs": outputs}, indent=1) + "\n")
