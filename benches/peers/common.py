"""What every peer shares: the data, the starting point, the shuffles, the clock and the line protocol.

Honest by construction: all peers get the same float32 images (pixels k/256, as in the article's file), the same
starting parameters and the same order of images in each epoch, so that they reach the same accuracy unless one computes
something else. Drawing the order, gathering the mini-batches and the shorter last mini-batch are in the time;
loading the data and moving it into the library's own arrays are not.

A peer is a file with `build(data, parameters, batch_size, learning_rate, form) -> Trainer`. Run as a program it answers
on stdout with one JSON object per line: first its version; then, for each line `epoch` on stdin, the seconds of one
training epoch, the seconds of evaluating the test images and how many it got right; last, at the end of stdin, its peak
memory. With `--epochs N` it does N epochs unasked and ends.
"""

import argparse
import gzip
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

TRAINING_IMAGES = 50_000
CLASSES = 10


class Data(NamedTuple):
    images: np.ndarray  # (n × 784) float32
    labels: np.ndarray  # (n) int64
    test_images: np.ndarray
    test_labels: np.ndarray


class Trainer(NamedTuple):
    train_epoch: Callable  # takes the order of the images, returns when all steps are done
    count_correct: Callable  # evaluates the test images
    parameters: Callable  # a list of (weights (out × in), biases (out)), one pair per layer


def read_idx(directory, name):
    """The array of one IDX file (http://yann.lecun.com/exdb/mnist): u8, big-endian sizes, plain or gzipped."""
    path = directory / f"{name}.gz"
    with gzip.open(path) if path.exists() else open(directory / name, "rb") as file:
        content = file.read()
    axes = content[3]
    shape = np.frombuffer(content, ">i4", axes, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape)


def load_mnist(directory):
    def part(prefix, count):
        images = read_idx(directory, f"{prefix}-images-idx3-ubyte")[:count]
        labels = read_idx(directory, f"{prefix}-labels-idx1-ubyte")[:count]
        pixels = np.multiply(images.reshape(len(images), -1), np.float32(1 / 256), dtype=np.float32)
        return pixels, labels.astype(np.int64)

    return Data(*part("train", TRAINING_IMAGES), *part("t10k", None))


def one_hot(labels, classes):
    return np.eye(classes, dtype=np.float32)[labels]


def initial_parameters(sizes, seed, init="normal"):
    """N(0, 1) as in the article, or with `init` "normalised" weights of variance 1/n_in, as in Nielsen's third chapter."""
    random = np.random.default_rng(seed)
    scale = lambda n_in: 1 / np.sqrt(n_in) if init == "normalised" else 1.0
    layers = zip(sizes[:-1], sizes[1:])
    return [
        (scale(n_in) * random.standard_normal((n_out, n_in)), random.standard_normal(n_out)) for n_in, n_out in layers
    ]


def peak_memory_bytes():
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def main(build, version):
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--hidden", type=int, default=30)
    parser.add_argument("--batch-size", type=int, default=10)
    parser.add_argument("--learning-rate", type=float, default=3.0)
    parser.add_argument("--init", choices=("normal", "normalised"), default="normal")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--form", default="")
    parser.add_argument("--epochs", type=int, help="train so many and end; don't wait for stdin")
    options = parser.parse_args()

    # Libraries may print what they like: file descriptor 1 becomes stderr, replies go to the true stdout.
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def reply(**fields):
        print(json.dumps(fields), file=replies, flush=True)

    data = load_mnist(options.data)
    images = len(data.images)
    tests = len(data.test_images)
    sizes = [data.images.shape[1], options.hidden, CLASSES]
    parameters = initial_parameters(sizes, options.seed, options.init)
    trainer = build(data, parameters, options.batch_size, options.learning_rate, options.form)
    del data  # what the peer doesn't need any more shall not count as its memory
    shuffle = np.random.default_rng([options.seed, 1])
    reply(version=version, training_images=images, test_images=tests)

    for _ in sys.stdin if options.epochs is None else range(options.epochs):
        start = time.perf_counter()
        trainer.train_epoch(shuffle.permutation(images))
        trained = time.perf_counter()
        correct = int(trainer.count_correct())
        evaluated = time.perf_counter()
        reply(train_seconds=trained - start, eval_seconds=evaluated - trained, correct=correct)
    reply(peak_memory_bytes=peak_memory_bytes())
