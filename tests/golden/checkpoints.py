"""Writes checkpoints_784_30_10.npz: the parameters of the article's program at points of the run in seed_784_30_10.npz.

Usage: python checkpoints.py MNIST.PKL.GZ, with a NumPy whose BLAS runs its AVX2 (Haswell) kernels

The program is that of Michael Nielsen's "Neural Networks and Deep Learning" (network.py, MIT licence), as is but for
Python 3 and for a given order of the images. Its run is sensitive to the last bit: from parameters that differ by 1e-15
the weights are 1e-3 apart after one epoch and have nothing in common after two. So the file is written only when the
run ends at the very bits of seed_784_30_10.npz, which it does with the Haswell kernels of NumPy's OpenBLAS.
"""

import gzip
import pickle
import sys
from pathlib import Path

import numpy as np

BATCH_SIZE = 10
CHECKPOINTS = [4000, 5000, 9000, 10000, 14000]

here = Path(__file__).parent
golden = np.load(here / "seed_784_30_10.npz")
with gzip.open(sys.argv[1]) as file:
    (images, labels), _, _ = pickle.load(file, encoding="latin1")
eta = float(golden["eta"])
weights = [golden["init_w1"], golden["init_w2"]]
biases = [golden["init_b1"], golden["init_b2"]]


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def sigmoid_prime(z):
    return sigmoid(z) * (1 - sigmoid(z))


def backprop(x, y):
    activation = x
    activations = [x]
    zs = []
    for b, w in zip(biases, weights):
        z = np.dot(w, activation) + b
        zs.append(z)
        activation = sigmoid(z)
        activations.append(activation)
    delta = (activations[-1] - y) * sigmoid_prime(zs[-1])
    above = np.dot(weights[1].transpose(), delta) * sigmoid_prime(zs[-2])
    nabla_b = [above, delta]
    nabla_w = [np.dot(above, activations[0].transpose()), np.dot(delta, activations[1].transpose())]
    return nabla_b, nabla_w


saved = {}
minibatches = 0
for order in golden["order"]:
    for start in range(0, len(order), BATCH_SIZE):
        nabla_b = [np.zeros(b.shape) for b in biases]
        nabla_w = [np.zeros(w.shape) for w in weights]
        for index in order[start : start + BATCH_SIZE]:
            y = np.zeros((10, 1))
            y[labels[index]] = 1.0
            delta_b, delta_w = backprop(images[index].reshape(784, 1), y)
            nabla_b = [nb + db for nb, db in zip(nabla_b, delta_b)]
            nabla_w = [nw + dw for nw, dw in zip(nabla_w, delta_w)]
        weights = [w - (eta / BATCH_SIZE) * nw for w, nw in zip(weights, nabla_w)]
        biases = [b - (eta / BATCH_SIZE) * nb for b, nb in zip(biases, nabla_b)]
        minibatches += 1
        if minibatches in CHECKPOINTS:
            for layer in (1, 2):
                saved[f"after_{minibatches}_w{layer}"] = weights[layer - 1]
                saved[f"after_{minibatches}_b{layer}"] = biases[layer - 1]

for layer in (1, 2):
    assert (weights[layer - 1] == golden[f"final_w{layer}"]).all(), "another run: this BLAS adds in another order than AVX2 (Haswell) kernels"
    assert (biases[layer - 1] == golden[f"final_b{layer}"]).all(), "another run: this BLAS adds in another order than AVX2 (Haswell) kernels"
np.savez_compressed(here / "checkpoints_784_30_10.npz", **saved)
